#include "base/host_port.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "base/text.h"

namespace defenderd {

bool is_ipv4(std::string_view text) {
  constexpr int kNumbers = 4;
  for (int i = 1;; ++i) {
    const std::size_t end = std::min(text.find('.'), text.size());
    const std::string_view digits = text.substr(0, end);
    unsigned char number = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + end, number);
    if (error != std::errc() || stop != digits.data() + end) return false;
    if (end > 1 && digits.front() == '0') return false;
    if (end == text.size()) return i == kNumbers;
    if (i == kNumbers) return false;
    text.remove_prefix(end + 1);
  }
}

std::string bracketed(std::string_view host) {
  const bool bare_ipv6 = host.find(':') != std::string_view::npos && !host.starts_with('[');
  return bare_ipv6 ? "[" + std::string(host) + "]" : std::string(host);
}

bool is_loopback(std::string_view host) {
  return host == "::1" || iequals(host, "localhost") || (host.starts_with("127.") && is_ipv4(host));
}

std::string host_and_port(std::string_view host, int port) {
  return bracketed(host) + ":" + std::to_string(port);
}

}  // namespace defenderd
