#include "net/proxy.h"

#include "base/scrub.h"
#include "base/text.h"
#include "net/http.h"

namespace defenderd {
namespace {

std::string percent_decode(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 &&
        digit(text[i + 2]) >= 0) {
      result += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

bool matches(std::string_view rule, std::string_view host) {
  if (rule == "*") return true;
  if (rule.starts_with('.')) rule.remove_prefix(1);
  if (host == rule) return true;
  return host.size() > rule.size() && host.ends_with(rule) &&
         host[host.size() - rule.size() - 1] == '.';
}

}  // namespace

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
      address.user = percent_decode(login.substr(0, colon));
      if (colon != std::string_view::npos)
        address.password = Secret(percent_decode(login.substr(colon + 1)));
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
  while (!no_proxy.empty()) {
    const std::size_t comma = no_proxy.find(',');
    const std::string_view rule = trim(no_proxy.substr(0, comma));
    if (!rule.empty()) rules.direct_.push_back(to_lower(rule));
    no_proxy.remove_prefix(comma == std::string_view::npos ? no_proxy.size() : comma + 1);
  }
  return rules;
}

const ProxyAddress* ProxyRules::proxy_for(std::string_view host) const {
  if (!proxy_) return nullptr;
  const std::string name = to_lower(host);
  // The machine itself is never reached through the proxy.
  if (name == "localhost" || name == "::1" || name.starts_with("127.")) return nullptr;
  for (const std::string& rule : direct_) {
    if (matches(rule, name)) return nullptr;
  }
  return &*proxy_;
}

}  // namespace defenderd
