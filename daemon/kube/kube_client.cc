#include "kube/kube_client.h"

#include <utility>

#include "base/only_secret.h"
#include "base/read_file.h"
#include "base/scrub.h"
#include "net/https_transport.h"
#include "net/json_document.h"

namespace defenderd {
namespace {

constexpr Duration kReadAgain = std::chrono::minutes(1);
constexpr std::size_t kMaxFile = std::size_t{1} << 20U;
// A ConfigMap has at most 1 MiB of data; escaped and with its metadata it is larger.
constexpr std::size_t kMaxObject = std::size_t{4} << 20U;

Result<Secret> read_token(const std::string& path) {
  constexpr std::size_t kMaxToken = 64UL * 1024;
  auto content = read_file(path, kMaxToken);
  if (!content) {
    return Unexpected(
        Error{"cannot read the token " + shown_path(path) + ": " + content.error().message});
  }
  const Secret whole(*std::move(content));
  auto token = only_secret(whole.reveal(), SecretKind::Token);
  if (!token)
    return Unexpected(Error{"the token " + shown_path(path) + " " + token.error().message});
  return token;
}

std::string trust_advice(const ClusterAccess& access) {
  return access.ca_file.empty() ? "set coordination.kubernetes.caFile"
                                : "put the CA's certificate into " + shown_path(access.ca_file);
}

Reason reason_of(int status) {
  switch (status) {
    case 401:
      return Reason::Unauthorized;
    case 403:
      return Reason::Forbidden;
    case 409:
      return Reason::UpdateInProgress;
    case 429:
      return Reason::Throttled;
    default:
      return status >= 500 ? Reason::ServerError : Reason::InvalidRequest;
  }
}

Reason reason_of(TransportError::Kind kind) {
  switch (kind) {
    case TransportError::Kind::Timeout:
      return Reason::Timeout;
    case TransportError::Kind::Tls:
      return Reason::TlsFailed;
    case TransportError::Kind::Malformed:
    case TransportError::Kind::TooLarge:
      return Reason::MalformedAnswer;
    default:
      return Reason::ConnectionFailed;
  }
}

// The API itself says that there is none; a gateway that does not know the path answers 404, too.
bool is_missing(const KubeTarget& target, const HttpResponse& response) {
  if (response.status != 404) return false;
  const auto document = JsonDocument::parse(response.body);
  if (!document) return false;
  const JsonValue status = document->root();
  const JsonValue name = status.member("details").member("name");
  return status.text_of("kind") == "Status" && status.text_of("reason") == "NotFound" &&
         (name.is_none() || name.text() == target.name);
}

}  // namespace

Result<std::unique_ptr<KubeClient>> KubeClient::create(Options options, const Clock& clock) {
  std::unique_ptr<KubeClient> client(new KubeClient(std::move(options), clock));
  if (auto ready = client->refresh(true); !ready) return Unexpected(ready.error());
  return client;
}

Result<Done> KubeClient::refresh(bool now) {
  Credentials had;
  {
    const MutexLock lock(mutex_);
    had = credentials_;
  }
  if (!now && had.transport && clock_.steady_now() - had.read_at < kReadAgain) return Done{};
  Credentials next = had;
  next.read_at = clock_.steady_now();
  const ClusterAccess& access = options_.access;
  if (!access.token_file.empty()) {
    auto token = read_token(access.token_file);
    if (!token && !had.transport) return Unexpected(token.error());
    if (token) next.token = *std::move(token);
  }
  std::string ca = had.ca;
  if (!access.ca_file.empty()) {
    if (auto content = read_file(access.ca_file, kMaxFile)) ca = *std::move(content);
  }
  if (!had.transport || ca != had.ca) {
    HttpsTransport::Options transport;
    transport.ca_file = access.ca_file;
    transport.connect_timeout = options_.timeout;
    auto created = HttpsTransport::create(std::move(transport));
    if (!created && !had.transport) return Unexpected(created.error());
    if (created) {
      next.transport = *std::move(created);
      next.ca = std::move(ca);
    }
  }
  const MutexLock lock(mutex_);
  credentials_ = std::move(next);
  return Done{};
}

Failure KubeClient::refused(const std::string& verb, const KubeTarget& target,
                            const HttpResponse& response) const {
  Failure failure;
  failure.http_status = response.status;
  failure.reason = reason_of(response.status);
  const std::string what =
      verb + " " + target.resource + "/" + target.name + " in namespace " + name_space();
  failure.message = "the Kubernetes API at " + server() + " ";
  if (response.status == 403) {
    failure.message +=
        "does not allow this service account to " + what + "; check its Role and RoleBinding";
  } else if (response.status == 401) {
    failure.message += "does not accept the token " + shown_path(options_.access.token_file) +
                       " (to " + what + ")";
  } else {
    failure.message += "refuses to " + what;
  }
  failure.message += ". It answered " + std::to_string(response.status);
  const auto status = JsonDocument::parse(response.body);
  const std::string said = status ? shown_text(status->root(), "message") : "";
  if (!said.empty()) failure.message += ": " + said;
  return failure;
}

ArmResult<HttpResponse> KubeClient::send(const std::string& verb, HttpRequest request,
                                         const KubeTarget& target, const std::stop_token& stop) {
  request.origin = options_.access.server;
  request.timeout = options_.timeout;
  request.use_proxy = false;  // the address is one of the cluster
  request.max_answer = kMaxObject;
  if (!request.body.empty()) request.content_type = "application/json";
  static_cast<void>(refresh(false));
  for (bool again = false;; again = true) {
    Credentials credentials;
    {
      const MutexLock lock(mutex_);
      credentials = credentials_;
    }
    request.headers = {{"Accept", "application/json"}, {"User-Agent", options_.user_agent}};
    if (!credentials.token.empty())
      request.headers.emplace_back("Authorization", "Bearer " + credentials.token.reveal());
    auto response = credentials.transport->send(request, stop);
    if (!response) {
      // The API server may have got a certificate from another authority.
      const bool is_untrusted = response.error().kind == TransportError::Kind::Tls;
      if (is_untrusted && !again && refresh(true)) {
        const MutexLock lock(mutex_);
        if (credentials_.transport != credentials.transport) continue;
      }
      Failure failure;
      failure.reason = reason_of(response.error().kind);
      failure.message = "the Kubernetes API does not answer: " +
                        with_trust_advice(response.error().message, trust_advice(options_.access));
      failure.maybe_applied = request.method != "GET" && response.error().may_have_arrived;
      return Unexpected(std::move(failure));
    }
    const bool is_good = response->status >= 200 && response->status < 300;
    if (is_good || (request.method == "GET" && is_missing(target, *response)))
      return *std::move(response);
    if (response->status == 401 && !again && refresh(true)) {
      const MutexLock lock(mutex_);
      if (credentials_.token.reveal() != credentials.token.reveal()) continue;
    }
    return Unexpected(refused(verb, target, *response));
  }
}

ArmResult<std::optional<std::string>> KubeClient::read(const KubeTarget& target,
                                                       const std::stop_token& stop) {
  HttpRequest request;
  request.target = target.list_path + "/" + target.name;
  auto response = send("get", std::move(request), target, stop);
  if (!response) return Unexpected(std::move(response.error()));
  if (response->status == 404) return std::optional<std::string>();
  return std::optional<std::string>(std::move(response->body));
}

ArmResult<std::string> KubeClient::create_object(const KubeTarget& target, const std::string& body,
                                                 const std::stop_token& stop) {
  HttpRequest request;
  request.method = "POST";
  request.target = target.list_path;
  request.body = body;
  auto response = send("create", std::move(request), target, stop);
  if (!response) return Unexpected(std::move(response.error()));
  return std::move(response->body);
}

ArmResult<std::string> KubeClient::replace(const KubeTarget& target, const std::string& body,
                                           const std::stop_token& stop) {
  HttpRequest request;
  request.method = "PUT";
  request.target = target.list_path + "/" + target.name;
  request.body = body;
  auto response = send("update", std::move(request), target, stop);
  if (!response) return Unexpected(std::move(response.error()));
  return std::move(response->body);
}

}  // namespace defenderd
