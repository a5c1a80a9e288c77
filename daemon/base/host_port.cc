#include "base/host_port.h"

namespace defenderd {

std::string bracketed(std::string_view host) {
  const bool bare_ipv6 = host.find(':') != std::string_view::npos && !host.starts_with('[');
  return bare_ipv6 ? "[" + std::string(host) + "]" : std::string(host);
}

std::string host_and_port(std::string_view host, int port) {
  return bracketed(host) + ":" + std::to_string(port);
}

}  // namespace defenderd
