#pragma once
// A host and its port as one text. An IPv6 address has brackets there (RFC 3986, section 3.2.2).

#include <string>
#include <string_view>

namespace defenderd {

// As a URL has the host: "::1" becomes "[::1]"; names, other addresses, and what has brackets
// stay as they are.
[[nodiscard]] std::string bracketed(std::string_view host);

// Whether it is an address as 192.0.2.1: four decimal numbers up to 255 without leading zeros, as
// inet_pton() accepts it.
[[nodiscard]] bool is_ipv4(std::string_view text);

// Whether it is this machine: "localhost", "::1" (without brackets), or an address of 127.0.0.0/8.
// A name that begins with 127. is any other host.
[[nodiscard]] bool is_loopback(std::string_view host);

// "127.0.0.1:8080", "[::1]:8080".
[[nodiscard]] std::string host_and_port(std::string_view host, int port);

}  // namespace defenderd
