#include "net/proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <charconv>

#include "base/host_port.h"
#include "base/http_text.h"
#include "base/list_text.h"
#include "base/scrub.h"
#include "base/text.h"
#include "net/http.h"

namespace defenderd {
namespace {

// The bytes of an IPv4 or IPv6 address; "" if it is none.
std::string address_bytes(const std::string& text) {
  std::array<char, sizeof(in6_addr)> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return {bytes.data(), sizeof(in_addr)};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return {bytes.data(), bytes.size()};
  return "";
}

template <class Number>
bool parse_number(std::string_view text, Number max, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number <= max;
}

bool same_bits(std::string_view a, std::string_view b, unsigned bits) {
  if (a.size() != b.size()) return false;
  const std::size_t whole = bits / 8;
  if (a.substr(0, whole) != b.substr(0, whole)) return false;
  const unsigned rest = bits % 8;
  if (rest == 0) return true;
  const unsigned shift = 8 - rest;
  return static_cast<unsigned char>(a[whole]) >> shift ==
         static_cast<unsigned char>(b[whole]) >> shift;
}

}  // namespace

std::optional<ProxyRules::Direct> ProxyRules::parse_direct(std::string_view entry) {
  Direct direct;
  if (const std::size_t slash = entry.find('/'); slash != std::string_view::npos) {
    Block block{address_bytes(std::string(entry.substr(0, slash)))};
    const auto most = static_cast<unsigned>(block.address.size() * 8);
    if (most == 0 || !parse_number(entry.substr(slash + 1), most, block.bits)) return std::nullopt;
    direct.block = std::move(block);
    return direct;
  }
  std::string_view host = entry;
  const bool bracketed = host.starts_with('[');
  const std::size_t colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos &&
                        (bracketed ? host[colon - 1] == ']' : host.find(':') == colon);
  if (has_port) {
    if (!parse_number(host.substr(colon + 1), 65535, direct.port) || direct.port == 0)
      return std::nullopt;
    host = host.substr(0, colon);
  }
  if (bracketed) {
    if (!host.ends_with(']')) return std::nullopt;
    host = host.substr(1, host.size() - 2);
  }
  if (host != "*") {
    if (host.starts_with("*.")) host.remove_prefix(1);
    if (host.starts_with('.')) host.remove_prefix(1);
    if (host.empty() || host.find_first_of("*/@ ") != std::string_view::npos) return std::nullopt;
  }
  direct.host = to_lower(host);
  return direct;
}

bool ProxyRules::Direct::matches(std::string_view name, int at) const {
  if (block) return same_bits(block->address, address_bytes(std::string(name)), block->bits);
  if (port != 0 && port != at) return false;
  if (host == "*" || name == host) return true;
  return name.size() > host.size() && name.ends_with(host) &&
         name[name.size() - host.size() - 1] == '.';
}

Result<ProxyRules> ProxyRules::parse(std::string_view https_proxy, std::string_view no_proxy) {
  ProxyRules rules;
  https_proxy = trim(https_proxy);
  if (!https_proxy.empty()) {
    ProxyAddress address;
    std::string_view rest = https_proxy;
    if (const std::size_t scheme = rest.find("://"); scheme != std::string_view::npos) {
      if (!iequals(rest.substr(0, scheme), "http")) {
        return Unexpected(
            Error{"HTTPS_PROXY: only proxies with an http:// address are supported; expected "
                  "http://host:port"});
      }
      rest.remove_prefix(scheme + 3);
    }
    if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
      const std::string_view login = rest.substr(0, at);
      const std::size_t colon = login.find(':');
      address.user = percent_decoded(login.substr(0, colon));
      if (colon != std::string_view::npos)
        address.password = Secret(percent_decoded(login.substr(colon + 1)));
      // As it is sent, with a placeholder if there is no password.
      remember_secret(address.password.empty() ? Secret(address.user) : address.password);
      remember_secret(Secret(address.user + ":" + address.password.reveal()));
      rest.remove_prefix(at + 1);
    }
    auto origin = Origin::parse("http://" + std::string(rest));
    if (!origin)
      return Unexpected(Error{"HTTPS_PROXY is not a proxy address; expected http://host:port"});
    address.host = origin->host;
    address.port = origin->port;
    rules.proxy_ = std::move(address);
  }
  if (!rules.proxy_) return rules;
  while (!no_proxy.empty()) {
    const std::string_view rule = take_entry(no_proxy);
    if (!rule.empty()) {
      auto direct = parse_direct(rule);
      if (!direct) {
        return Unexpected(Error{"NO_PROXY: " + quoted_value(rule) +
                                " is not understood; expected a host, *.domain, address, "
                                "host:port or 10.0.0.0/8"});
      }
      rules.direct_.push_back(*std::move(direct));
    }
  }
  return rules;
}

const ProxyAddress* ProxyRules::proxy_for(std::string_view host, int port) const {
  if (!proxy_) return nullptr;
  const std::string name = to_lower(host);
  // The machine itself is never reached through the proxy.
  if (is_loopback(name)) return nullptr;
  for (const Direct& direct : direct_) {
    if (direct.matches(name, port)) return nullptr;
  }
  return &*proxy_;
}

}  // namespace defenderd
