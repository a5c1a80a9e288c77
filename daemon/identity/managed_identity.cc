#include "identity/managed_identity.h"

#include <algorithm>
#include <utility>

#include "base/scrub.h"
#include "base/text.h"
#include "identity/token_codec.h"
#include "net/foreign_answer.h"

namespace defenderd {
namespace {

using std::chrono::seconds;

constexpr Duration kProbeTimeout = seconds(1);
// While IMDS updates it answers 410, for up to 70 s as documented and minutes as observed.
constexpr auto kWhileUpdating = seconds(10);

constexpr std::string_view kTokenPath = "/metadata/identity/oauth2/token?api-version=2018-02-01";

// The parameter that names an identity: the two services use different names.
struct Words {
  std::string_view service;
  std::string_view object_id;
  std::string_view resource_id;
};
constexpr Words kImds{"the managed identity service (IMDS)", "object_id", "msi_res_id"};
constexpr Words kAppService{"the managed identity service (IDENTITY_ENDPOINT)", "principal_id",
                            "mi_res_id"};

std::string identity_parameter(const IdentityChoice& identity, const Words& words) {
  switch (identity.by) {
    case IdentityChoice::By::System:
      return "";
    case IdentityChoice::By::ClientId:
      return "&client_id=" + percent_encode(identity.id);
    case IdentityChoice::By::ObjectId:
      return "&" + std::string(words.object_id) + "=" + percent_encode(identity.id);
    case IdentityChoice::By::ResourceId:
      return "&" + std::string(words.resource_id) + "=" + percent_encode(identity.id);
  }
  return "";
}

// These services take a resource, which is the audience with a slash, not a scope.
std::string query(const ManagedIdentityOptions& options, const Words& words) {
  return "&resource=" + percent_encode(options.audience + "/") +
         identity_parameter(options.identity, words);
}

HttpRequest request_to(const Origin& origin, std::string target,
                       const ManagedIdentityOptions& options) {
  HttpRequest request;
  request.origin = origin;
  request.target = std::move(target);
  request.timeout = options.timeout;
  request.max_answer = kMaxTokenAnswer;
  request.use_proxy = false;  // a proxy would request its own identity, if any
  request.headers = {{"User-Agent", options.user_agent}, {"Accept", "application/json"}};
  return request;
}

std::optional<Failure> foreign(const std::optional<TenantId>& asked,
                               const std::optional<TenantId>& own) {
  if (!asked || !own || *asked == *own) return std::nullopt;
  Failure failure = credential_failure(
      "a managed identity only gets tokens for its own tenant " + own->text() + ", not for " +
          asked->text() +
          "; use an application with a secret, a certificate or a federated token "
          "for the subscriptions of other tenants",
      NextTry::Slow);
  failure.reason = Reason::WrongTenant;
  return failure;
}

bool is_passing(int status) {
  return status == 404 || status == 408 || status == 410 || status == 429 || status >= 500;
}

// An identity that was just assigned is not known yet: it takes up to minutes, as with Entra's
// 70021. IMDS says "Identity not found", App Service "No User Assigned or Delegated Managed
// Identity found". That there are several to choose from does not pass.
bool is_not_found(int status, const EntraError& error) {
  const std::string words = to_lower(error.description);
  return status == 400 && words.find("identity") != std::string::npos &&
         words.find("found") != std::string::npos;
}

std::string_view advice_for(int status, const IdentityChoice& identity) {
  if (status == 401 || status == 403) return "does not accept this process";
  if (identity.by != IdentityChoice::By::System)
    return "has no such identity; check its id, and that it is assigned to this machine. A new "
           "assignment takes a few minutes to take effect";
  return "has no token for this machine; assign it a managed identity, or select one with "
         "azure.auth.clientId. A new assignment takes a few minutes to take effect";
}

Failure refused(const HttpResponse& response, const Words& words, const IdentityChoice& identity,
                WallTime now) {
  const EntraError error = decode_entra_error(response.body);
  const std::string service(words.service);
  Failure failure;
  if (response.status == 410) {
    failure = credential_failure(service + " is being updated, which usually passes",
                                 NextTry::ServerWait);
    failure.server_wait = kWhileUpdating;
  } else if (is_passing(response.status)) {
    failure = credential_failure(
        service + (response.status == 404 ? " finds nothing (is this a machine in Azure?)"
                                          : " has a temporary problem, which usually passes"));
    failure.server_wait = parse_retry_after(response.header("Retry-After"), now);
  } else if (const std::string sign = foreign_sign(response); !sign.empty()) {
    failure = credential_failure("something else answers instead of " + service + ": " +
                                 not_of_azure(sign));
  } else {
    failure =
        credential_failure(service + " " + std::string(advice_for(response.status, identity)),
                           is_not_found(response.status, error) ? NextTry::Soon : NextTry::Slow);
  }
  failure.http_status = response.status;
  failure.arm_code = error.error;
  failure.message += ". It answered " + std::to_string(response.status);
  if (!error.error.empty()) failure.message += " " + error.error;
  if (!error.description.empty()) failure.message += ": " + printable(error.description, 300);
  return failure;
}

// A token of another identity might work with ARM, and would write with that identity's rights.
std::optional<Failure> other_than_asked(const TokenAnswer& answer,
                                        const ManagedIdentityOptions& options,
                                        const std::string& service) {
  const auto without_slash = [](std::string_view text) {
    return text.ends_with('/') ? text.substr(0, text.size() - 1) : text;
  };
  const IdentityChoice& identity = options.identity;
  std::string mismatch;
  if (!answer.resource.empty() && !iequals(without_slash(answer.resource), options.audience)) {
    mismatch = "for '" + answer.resource + "' instead of '" + options.audience + "'";
  } else if (identity.by == IdentityChoice::By::ClientId && !answer.client_id.empty() &&
             !iequals(answer.client_id, identity.id)) {
    mismatch = "of the identity '" + answer.client_id + "' instead of '" + identity.id + "'";
  }
  if (mismatch.empty()) return std::nullopt;
  return credential_failure(service + " returned a token " + mismatch +
                            " as requested; it is not used");
}

ArmResult<AccessToken> read_answer(const Result<HttpResponse, TransportError>& response,
                                   const Words& words, const ManagedIdentityOptions& options,
                                   WallTime now) {
  const std::string service(words.service);
  if (!response)
    return Unexpected(credential_failure(service + " gave no token: " + response.error().message));
  if (response->status != 200) return Unexpected(refused(*response, words, options.identity, now));
  auto answer = decode_token(response->body);
  if (!answer)
    return Unexpected(
        credential_failure(service + ": " + unreadable_token(*response, answer.error().message)));
  if (auto failure = other_than_asked(*answer, options, service))
    return Unexpected(*std::move(failure));
  return to_access_token(*std::move(answer), now);
}

}  // namespace

ImdsClient::ImdsClient(Transport& transport, const Clock& clock, Origin endpoint,
                       ManagedIdentityOptions options)
    : transport_(transport),
      clock_(clock),
      endpoint_(std::move(endpoint)),
      options_(std::move(options)) {}

ArmResult<AccessToken> ImdsClient::fetch(const std::optional<TenantId>& tenant,
                                         std::stop_token stop) {
  if (auto failure = foreign(tenant, options_.tenant)) return Unexpected(*std::move(failure));
  HttpRequest request =
      request_to(endpoint_, std::string(kTokenPath) + query(options_, kImds), options_);
  request.headers.emplace_back("Metadata", "true");
  const auto response = transport_.send(request, std::move(stop));
  return read_answer(response, kImds, options_, clock_.wall_now());
}

Result<Done> ImdsClient::probe(std::stop_token stop) const {
  // Without the header `Metadata` IMDS answers 400 at once and creates no token.
  HttpRequest request = request_to(endpoint_, std::string(kTokenPath), options_);
  request.timeout = std::min(kProbeTimeout, options_.timeout);
  const auto response = transport_.send(request, std::move(stop));
  if (!response) return Unexpected(Error{response.error().message});
  const int status = response->status;
  const bool busy = status == 410 || status == 429 || status >= 500;
  if (status == 400 || busy || response->header("Server").starts_with("IMDS")) return Done{};
  return Unexpected(Error{endpoint_.text() + " answers " + std::to_string(status) +
                          ", as the metadata services of other clouds do"});
}

AppServiceIdentity::AppServiceIdentity(Transport& transport, const Clock& clock,
                                       IdentityEndpointReader endpoint,
                                       ManagedIdentityOptions options)
    : transport_(transport),
      clock_(clock),
      endpoint_(std::move(endpoint)),
      options_(std::move(options)) {}

ArmResult<AccessToken> AppServiceIdentity::fetch(const std::optional<TenantId>& tenant,
                                                 std::stop_token stop) {
  if (auto failure = foreign(tenant, options_.tenant)) return Unexpected(*std::move(failure));
  const IdentityEndpoint endpoint = endpoint_();
  remember_secret(endpoint.header);
  const auto address = parse_identity_endpoint(endpoint.url);
  if (!address) return Unexpected(credential_failure(address.error().message, NextTry::Slow));
  HttpRequest request = request_to(
      address->origin, address->path + "?api-version=2019-08-01" + query(options_, kAppService),
      options_);
  request.headers.emplace_back("X-IDENTITY-HEADER", endpoint.header.reveal());
  const auto response = transport_.send(request, std::move(stop));
  auto token = read_answer(response, kAppService, options_, clock_.wall_now());
  // The header may be replaced between being read and being checked.
  if (!token && token.error().http_status == 401) token.error().next = NextTry::Soon;
  return token;
}

Result<IdentityAddress> parse_identity_endpoint(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t path =
      scheme == std::string_view::npos ? std::string_view::npos : url.find('/', scheme + 3);
  auto origin = Origin::parse(url.substr(0, path));
  const std::string_view rest = path == std::string_view::npos ? "/" : url.substr(path);
  const bool plain = rest.find_first_of("?# \r\n") == std::string_view::npos;
  if (!origin || !plain) {
    return Unexpected(
        Error{"IDENTITY_ENDPOINT is not the address of an identity endpoint; expected "
              "http://host:port/path, as the platform sets it"});
  }
  return IdentityAddress{*std::move(origin), std::string(rest)};
}

}  // namespace defenderd
