#pragma once
// The proxy for a request, according to HTTPS_PROXY and NO_PROXY.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace defenderd {

struct ProxyAddress {
  std::string host;
  int port = 0;
  std::string user = {};
  Secret password = {};
};

// Constant after construction.
class ProxyRules {
 public:
  ProxyRules() = default;  // no proxy

  // `https_proxy` as "http://[user:password@]host:port" or "host:port" ("" is none); `no_proxy` as
  // a comma-separated list of hosts, domains (".example.com", "example.com"), addresses, or "*".
  // Errors do not repeat the value: it may contain a password.
  [[nodiscard]] static Result<ProxyRules> parse(std::string_view https_proxy,
                                                std::string_view no_proxy);

  // nullptr: connect directly.
  [[nodiscard]] const ProxyAddress* proxy_for(std::string_view host) const;

 private:
  std::optional<ProxyAddress> proxy_;
  std::vector<std::string> direct_;  // lower case
};

}  // namespace defenderd
