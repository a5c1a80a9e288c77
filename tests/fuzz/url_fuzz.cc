// Addresses from settings and the environment: origins, proxies, identity endpoints.

#include "fuzz/fuzz.h"
#include "identity/managed_identity.h"
#include "net/http.h"
#include "net/proxy.h"

using namespace defenderd;
using fuzz::require;

namespace {

void check_host(std::string_view host) {
  require(!host.empty() && host.size() <= 253, "a host has a bounded length");
  require(host.find_first_of(" \t\r\n/?#@\"\\%") == std::string_view::npos, "a host is plain");
}

void check_origin(std::string_view url) {
  const auto origin = Origin::parse(url);
  if (!origin) {
    fuzz::require_printable(origin.error().message, 400);
    return;
  }
  check_host(origin->host);
  require(origin->port >= 1 && origin->port <= 65535, "a port is one");
  const auto again = Origin::parse(origin->text());
  require(again && *again == *origin, "an origin survives being written");
}

void check_proxy(std::string_view proxy, std::string_view no_proxy) {
  const auto rules = ProxyRules::parse(proxy, no_proxy);
  if (!rules) {
    fuzz::require_printable(rules.error().message, 600);
    return;
  }
  const ProxyAddress* const address = rules->proxy_for("management.azure.com");
  require(rules->proxy_for("localhost") == nullptr, "this machine is never behind a proxy");
  if (address == nullptr) return;
  check_host(address->host);
  require(address->port >= 1 && address->port <= 65535, "a port is one");
}

void check_identity_endpoint(std::string_view url) {
  const auto address = parse_identity_endpoint(url);
  if (!address) return;
  check_host(address->origin.host);
  require(address->path.starts_with('/'), "a path is absolute");
  require(address->path.find_first_of("?# \r\n") == std::string::npos, "a path is plain");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::text_of(data, size);
  const std::string_view first = fuzz::take_until(rest, '\n');
  check_origin(first);
  check_identity_endpoint(first);
  check_proxy(first, rest);
  return 0;
}
