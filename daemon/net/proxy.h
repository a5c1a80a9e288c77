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
  // a comma-separated list of hosts and domains ("example.com", ".example.com", "*.example.com"),
  // addresses, blocks of addresses ("10.0.0.0/8"), each but a block with an optional ":port", or
  // "*".
  // Errors do not repeat the value: it may contain a password.
  [[nodiscard]] static Result<ProxyRules> parse(std::string_view https_proxy,
                                                std::string_view no_proxy);

  // nullptr: connect directly.
  [[nodiscard]] const ProxyAddress* proxy_for(std::string_view host, int port = 443) const;

 private:
  struct Block {
    std::string address;  // its bytes in network order
    unsigned bits = 0;    // of these, the ones that count
  };
  struct Direct {
    std::string host = {};  // lower case, without "*."; "*" is every host
    int port = 0;           // 0 is any
    std::optional<Block> block = {};
    [[nodiscard]] bool matches(std::string_view name, int at) const;
  };
  [[nodiscard]] static std::optional<Direct> parse_direct(std::string_view entry);

  std::optional<ProxyAddress> proxy_;
  std::vector<Direct> direct_;
};

}  // namespace defenderd
