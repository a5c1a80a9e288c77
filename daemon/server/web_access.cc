#include "server/web_access.h"

#include <utility>

namespace defenderd {
namespace {

constexpr std::pair kChallenge{"WWW-Authenticate", R"(Basic realm="defenderd", charset="UTF-8")"};

Response unauthorized(const Request& request, std::string_view why) {
  Response response = error_response(401, request.path, why);
  response.headers.emplace_back(kChallenge);
  return response;
}

}  // namespace

WebAccess::WebAccess(Rules rules) : in_force_(make(std::move(rules))) {}

std::shared_ptr<WebAccess::InForce> WebAccess::make(Rules rules) {
  auto in_force = std::make_shared<InForce>();
  if (!rules.users.empty()) in_force->users = std::make_unique<BasicAuth>(rules.users);
  in_force->rules = std::move(rules);
  return in_force;
}

void WebAccess::set(Rules rules) {
  auto next = make(std::move(rules));
  const MutexLock lock(mutex_);
  const ServerTls* const before = in_force_->rules.tls.get();
  const ServerTls* const after = next->rules.tls.get();
  const bool judges_as_before =
      before == nullptr || after == nullptr ? before == after : after->judges_as(*before);
  next->number = in_force_->number + (judges_as_before ? 0 : 1);
  in_force_ = std::move(next);
}

std::uint64_t WebAccess::number() const { return in_force()->number; }

std::shared_ptr<const WebAccess::InForce> WebAccess::in_force() const {
  const MutexLock lock(mutex_);
  return in_force_;
}

bool WebAccess::has_tls() const { return in_force()->rules.tls != nullptr; }

bool WebAccess::is_closed() const {
  const auto now = in_force();
  return now->users != nullptr || now->rules.needs_certificate;
}

std::unique_ptr<TlsChannel> WebAccess::secure(int socket) const {
  const auto now = in_force();
  return now->rules.tls ? now->rules.tls->accept(socket) : nullptr;
}

bool WebAccess::takes_long(const Request& request, RouteKind kind) const {
  const auto now = in_force();
  if (!now->users || (now->rules.open_probes && kind == RouteKind::Probe)) return false;
  const auto login = parse_login(request.header("Authorization"));
  return login && !now->users->remembers(*login);
}

std::optional<Response> WebAccess::refusal(const Request& request, RouteKind kind) const {
  const auto now = in_force();
  if (request.client == ClientIdentity::NotAllowed) {
    return error_response(403, request.path,
                          "the names of this client certificate are not in client_allowed_sans");
  }
  if (now->rules.open_probes && kind == RouteKind::Probe) return std::nullopt;
  if (now->rules.needs_certificate && request.client != ClientIdentity::Verified)
    return error_response(403, request.path, "this needs a client certificate");
  if (!now->users) return std::nullopt;
  const auto login = parse_login(request.header("Authorization"));
  if (!login) return unauthorized(request, "this needs a user name and a password");
  if (now->users->remembers(*login) || now->users->verify(*login)) return std::nullopt;
  return unauthorized(request, "the user name or the password is wrong");
}

}  // namespace defenderd
