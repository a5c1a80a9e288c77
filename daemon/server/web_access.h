#pragma once
// Who may call the server: the rules of the web configuration in force. They are replaced as a
// whole while the server runs, and apply to each new connection and each request.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/mutex.h"
#include "core/web_rules.h"
#include "server/basic_auth.h"
#include "server/http.h"
#include "server/server_tls.h"

namespace defenderd {

// Thread-safe.
class WebAccess {
 public:
  struct Rules {
    std::shared_ptr<const ServerTls> tls;  // nullptr: plain HTTP
    bool needs_certificate = false;        // of each client
    std::vector<WebUser> users = {};       // empty: anybody
    bool open_probes = true;               // probes need neither
  };
  explicit WebAccess(Rules rules);

  // Passwords are verified anew. If TLS or its rules for clients differ, number() increases.
  void set(Rules rules);
  // A connection serves requests only under the number that it began with, because its client was
  // judged once, when it began.
  [[nodiscard]] std::uint64_t number() const;

  [[nodiscard]] bool has_tls() const;
  // Whether it takes a certificate, or a user and a password, for everything but open probes.
  [[nodiscard]] bool is_closed() const;
  // The TLS of a connection that was accepted; nullptr: plain HTTP.
  [[nodiscard]] std::unique_ptr<TlsChannel> secure(int socket) const;

  // Whether refusal() takes long for this request.
  [[nodiscard]] bool takes_long(const Request& request, RouteKind kind) const;
  // A 401 or 403; nullopt if the request may be handled.
  [[nodiscard]] std::optional<Response> refusal(const Request& request, RouteKind kind) const;

 private:
  struct InForce {
    Rules rules;
    std::unique_ptr<BasicAuth> users;  // nullptr: anybody
    std::uint64_t number = 0;
  };
  static std::shared_ptr<InForce> make(Rules rules);
  [[nodiscard]] std::shared_ptr<const InForce> in_force() const;

  mutable Mutex mutex_;
  std::shared_ptr<const InForce> in_force_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
