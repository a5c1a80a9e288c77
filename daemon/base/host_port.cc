#include "base/host_port.h"

#include <arpa/inet.h>

#include <array>

#include "base/text.h"

namespace defenderd {

std::string bracketed(std::string_view host) {
  const bool bare_ipv6 = host.find(':') != std::string_view::npos && !host.starts_with('[');
  return bare_ipv6 ? "[" + std::string(host) + "]" : std::string(host);
}

bool is_loopback(std::string_view host) {
  std::array<unsigned char, 4> address{};
  if (::inet_pton(AF_INET, std::string(host).c_str(), address.data()) == 1)
    return address[0] == 127;
  return host == "::1" || iequals(host, "localhost");
}

std::string host_and_port(std::string_view host, int port) {
  return bracketed(host) + ":" + std::to_string(port);
}

}  // namespace defenderd
