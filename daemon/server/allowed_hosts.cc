#include "server/allowed_hosts.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/host_port.h"
#include "base/text.h"

namespace defenderd {
namespace {

// Removes the port, the brackets of an IPv6 address and the dot of an absolute name.
std::string name_of(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    return end == std::string_view::npos ? "" : to_lower(host.substr(1, end - 1));
  }
  host = host.substr(0, host.find(':'));
  if (host.ends_with('.')) host.remove_suffix(1);
  return to_lower(host);
}

bool is_ipv6(const std::string& name) {
  std::array<unsigned char, 16> bytes{};
  return ::inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

bool matches(std::string_view pattern, std::string_view name) {
  if (pattern == "*") return true;
  if (!pattern.starts_with("*.")) return pattern == name;
  const std::string_view domain = pattern.substr(1);
  return name.size() > domain.size() && name.ends_with(domain);
}

}  // namespace

AllowedHosts::AllowedHosts(std::string_view listen, std::vector<std::string> names)
    : listen_(to_lower(listen)),
      any_address_(listen.empty() || listen == "0.0.0.0" || listen == "::"),
      names_(std::move(names)) {
  for (std::string& name : names_) name = to_lower(name);
}

bool AllowedHosts::allows(std::string_view host) const {
  const std::string name = name_of(host);
  if (name.empty()) return false;
  if (is_loopback(name) || name.ends_with(".localhost") || name == listen_) return true;
  if (any_address_ && (is_ipv4(name) || is_ipv6(name))) return true;
  return std::any_of(names_.begin(), names_.end(),
                     [&](const std::string& pattern) { return matches(pattern, name); });
}

}  // namespace defenderd
