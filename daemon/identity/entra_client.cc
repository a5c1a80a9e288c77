#include "identity/entra_client.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "identity/token_codec.h"
#include "net/foreign_answer.h"

namespace defenderd {
namespace {

enum class Passes { No, Yes };
struct Advice {
  int code;
  Passes passes;
  std::string_view text;
};
// AADSTS numbers that need action by a person, unless they pass. A federated credential takes
// minutes to be known everywhere (https://learn.microsoft.com/entra/workload-id/
// workload-identity-federation-considerations), and even an old one is missed now and then
// (kedacore/keda#8152). An assertion is outside its time until the machine's clock is set, or its
// file is renewed.
constexpr std::array<Advice, 13> kAdvice{{
    {7000215, Passes::No,
     "the client secret is wrong (is it the secret's id instead of its value?)"},
    {7000222, Passes::No, "the client secret has expired; make a new one"},
    {700016, Passes::No,
     "this tenant has no such application; check AZURE_CLIENT_ID and the tenant (for a "
     "subscription "
     "that Azure Lighthouse delegates, tenantId is the managing tenant's, not the customer's)"},
    {700027, Passes::No,
     "the client certificate is not registered with the application, or has expired"},
    {7000112, Passes::No, "the application is disabled in this tenant"},
    {7000218, Passes::No, "the request contained no client secret or assertion"},
    {700024, Passes::Yes,
     "the client assertion is not valid at this time; check this machine's clock"},
    {70021, Passes::Yes,
     "no federated credential of the application matches; check issuer, subject and audience. A "
     "new one takes a few minutes to take effect"},
    {700211, Passes::Yes,
     "no federated credential of the application matches the issuer; check the cluster's issuer. A "
     "new one takes a few minutes to take effect"},
    {700212, Passes::Yes,
     "no federated credential of the application matches the audience; check its audience. A new "
     "one takes a few minutes to take effect"},
    {700213, Passes::Yes,
     "no federated credential of the application matches the subject; check namespace and service "
     "account. A new one takes a few minutes to take effect"},
    {90002, Passes::No, "this tenant does not exist; check tenantId"},
    {900023, Passes::No, "the tenant id is not valid; check tenantId"},
}};
// Transient problems of Entra that are reported as a 4xx: a dependency is unavailable or slow, too
// many requests. https://learn.microsoft.com/entra/identity-platform/reference-error-codes
constexpr std::array<int, 6> kPassing{50196, 90006, 90012, 90024, 90033, 90055};

// nullptr if there is no advice for any of the numbers.
const Advice* advice_for(const EntraError& error) {
  for (const int code : error.codes) {
    const auto* const found = std::find_if(
        kAdvice.begin(), kAdvice.end(), [&](const Advice& advice) { return advice.code == code; });
    if (found != kAdvice.end()) return found;
  }
  return nullptr;
}

EntraError read_error(const std::string& body) {
  constexpr std::size_t kMaxWords = 300;
  EntraError error = decode_entra_error(body);
  const std::string& all = error.description;
  error.description = printable(all.substr(0, all.find(" Trace ID:")), kMaxWords);
  return error;
}

bool is_passing(int status, const EntraError& error) {
  if (status == 429 || status >= 500 || status == 408) return true;
  if (error.error == "temporarily_unavailable") return true;
  return std::any_of(error.codes.begin(), error.codes.end(), [](int code) {
    return std::find(kPassing.begin(), kPassing.end(), code) != kPassing.end();
  });
}

// Of an error instead of Entra's, by a proxy or the login page of a network: "" if it may be
// Entra's.
std::string sign_of_others(const HttpResponse& response) {
  if (response.status == 407) return "a proxy that requires a login";
  if (response.status == 408 || response.status == 429 || response.status >= 500) return {};
  if (std::string sign = foreign_sign(response); !sign.empty()) return sign;
  const EntraError error = decode_entra_error(response.body);
  return error.error.empty() && error.codes.empty() ? "an error without a code of Microsoft Entra"
                                                    : "";
}

Failure not_of_entra(int status, const std::string& sign, const std::string& host) {
  return credential_failure("no token: " + not_of_azure(sign) + ". " + host + " answered " +
                            std::to_string(status));
}

Failure refused(const HttpResponse& response, const std::string& host, WallTime now) {
  const EntraError error = read_error(response.body);
  const Advice* const advice = advice_for(error);
  Failure failure;
  if (is_passing(response.status, error)) {
    failure =
        credential_failure(host + " has a temporary problem, which usually passes", NextTry::Soon);
    failure.server_wait = parse_retry_after(response.header("Retry-After"), now);
  } else if (advice != nullptr && advice->passes == Passes::Yes) {
    failure = credential_failure(std::string(advice->text), NextTry::Soon);
  } else {
    failure = credential_failure(advice != nullptr ? advice->text : "Entra refuses the credential",
                                 NextTry::Slow);
  }
  failure.http_status = response.status;
  failure.arm_code = error.error;
  failure.trace.request_id = error.trace_id;
  failure.trace.correlation_id = error.correlation_id;
  failure.message += ". " + host + " answered " + std::to_string(response.status);
  if (!error.error.empty()) failure.message += " " + error.error;
  for (const int code : error.codes) failure.message += " AADSTS" + std::to_string(code);
  if (advice == nullptr && !error.description.empty()) failure.message += ": " + error.description;
  if (!error.trace_id.empty()) failure.message += " trace_id=" + error.trace_id;
  if (!error.correlation_id.empty()) failure.message += " correlation_id=" + error.correlation_id;
  return failure;
}

}  // namespace

EntraClient::EntraClient(Transport& transport, const Clock& clock, EntraOptions options,
                         ProofMaker proof)
    : transport_(transport),
      clock_(clock),
      options_(std::move(options)),
      proof_(std::move(proof)) {}

ArmResult<AccessToken> EntraClient::fetch(const std::optional<TenantId>& tenant,
                                          std::stop_token stop) {
  const auto& asked_tenant = tenant ? tenant : options_.default_tenant;
  if (!asked_tenant) {
    return Unexpected(credential_failure(
        "the tenant is not known; set azure.tenantId, AZURE_TENANT_ID or the entry's tenantId",
        NextTry::Slow));
  }
  HttpRequest request;
  request.origin = options_.authority;
  request.method = "POST";
  request.target = "/" + asked_tenant->text() + "/oauth2/v2.0/token";
  request.timeout = options_.timeout;
  request.max_answer = kMaxTokenAnswer;
  request.content_type = "application/x-www-form-urlencoded";
  request.headers = {{"User-Agent", options_.user_agent}, {"Accept", "application/json"}};
  auto proof = proof_(options_.authority.text() + request.target);
  if (!proof) return Unexpected(credential_failure(proof.error().message, NextTry::Slow));
  std::vector<std::pair<std::string, std::string>> form{
      {"client_id", options_.client_id},
      {"grant_type", "client_credentials"},
      {"scope", options_.audience + "/.default"},
  };
  for (const auto& [name, value] : proof->fields) form.emplace_back(name, value.reveal());
  request.body = form_encode(form);
  auto response = transport_.send(request, std::move(stop));
  if (!response) return Unexpected(credential_failure("no token: " + response.error().message));
  const WallTime now = clock_.wall_now();
  if (response->status != 200) {
    if (const std::string sign = sign_of_others(*response); !sign.empty())
      return Unexpected(not_of_entra(response->status, sign, options_.authority.host));
    return Unexpected(refused(*response, options_.authority.host, now));
  }
  auto answer = decode_token(response->body);
  if (!answer) {
    return Unexpected(credential_failure(options_.authority.host + ": " +
                                         unreadable_token(*response, answer.error().message)));
  }
  return to_access_token(*std::move(answer), now);
}

}  // namespace defenderd
