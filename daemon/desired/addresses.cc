#include "desired/addresses.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/host_port.h"
#include "desired/limits.h"
#include "desired/read_value.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxHostSize = 253;

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::optional<int> parse_port(std::string_view text) {
  int port = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || text.size() > 5) {
    return std::nullopt;
  }
  if (port < 0 || port > 65535) return std::nullopt;
  return port;
}

bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxHostSize && is_alphanumeric(text[0]) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '.' || c == '-' || c == '_'; });
}

bool is_ipv6(std::string_view text) {
  return text.size() >= 2 && text.size() <= 45 && text.find(':') != std::string_view::npos &&
         text.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

// The host of an entry of server.allowedHosts.
std::optional<std::string_view> host_pattern(std::string_view text) {
  if (text == "*" || is_ipv6(text)) return text;
  if (text.starts_with('[') && text.ends_with(']')) {
    const std::string_view inner = text.substr(1, text.size() - 2);
    return is_ipv6(inner) ? std::optional(inner) : std::nullopt;
  }
  const bool below = text.starts_with("*.");
  return is_host_name(below ? text.substr(2) : text) ? std::optional(text) : std::nullopt;
}

struct HostPort {
  std::string_view host;  // without brackets
  std::string_view port;  // "" if there is none
};

// Splits "host", "host:port" and the same with "[::1]".
std::optional<HostPort> split(std::string_view text) {
  HostPort result;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    result.host = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    if (!is_ipv6(result.host) || (!text.empty() && text[0] != ':')) return std::nullopt;
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    result.host = text.substr(0, colon);
    text.remove_prefix(colon);
  }
  if (text.empty()) return result;
  result.port = text.substr(1);
  if (!parse_port(result.port)) return std::nullopt;
  return result;
}

// What is wrong with a URL, or "".
std::string url_problem(std::string_view url, bool with_path) {
  const bool plain = url.starts_with("http://");
  if (!plain && !url.starts_with("https://")) return "expected a URL that starts with https://";
  const std::string_view rest = url.substr(plain ? 7 : 8);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view authority = rest.substr(0, slash);
  const std::string_view path = rest.substr(slash);
  if (rest.find_first_of("?#") != std::string_view::npos) {
    return R"(expected a URL without a query or a fragment: delete what follows "?" or "#")";
  }
  if (authority.find('@') != std::string_view::npos) {
    return "expected a URL without a user and password: secrets are never stored in this file";
  }
  const auto parts = split(authority);
  if (!parts || (!parts->port.empty() && parse_port(parts->port) == 0) ||
      (!authority.starts_with('[') && !is_host_name(parts->host))) {
    return "expected a URL such as https://management.azure.com, or with a port, "
           "https://localhost:8443";
  }
  if (plain && !is_loopback(parts->host)) {
    return "expected https://: http:// is accepted only for localhost, 127.0.0.1 and [::1], "
           "because tokens are sent to it";
  }
  if (!with_path && !path.empty() && path != "/") {
    return "expected a URL without a path: delete what follows the host";
  }
  if (std::any_of(path.begin(), path.end(),
                  [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; })) {
    return "expected a URL without spaces";
  }
  return "";
}

std::optional<std::string> read(const Value& value, bool with_path) {
  constexpr std::size_t kMaxUrlSize = 2048;
  if (value.node().kind != YamlKind::Scalar) {
    value.expected("a URL that starts with https://");
    return std::nullopt;
  }
  auto text = read_text(value, kMaxUrlSize);
  if (!text) return std::nullopt;
  if (std::string problem = url_problem(*text, with_path); !problem.empty()) {
    value.problem(std::move(problem));
    return std::nullopt;
  }
  return text;
}

}  // namespace

std::optional<ListenAddress> read_listen(const Value& value) {
  if (value.node().kind == YamlKind::Scalar) {
    const std::string_view text = value.text();
    const auto parts = split(text);
    if (parts && !parts->port.empty()) {
      const int port = parse_port(parts->port).value_or(0);
      if (parts->host.empty() && !text.starts_with('[')) return ListenAddress{"0.0.0.0", port};
      if (text.starts_with('[') || is_host_name(parts->host)) {
        return ListenAddress{std::string(parts->host), port};
      }
    }
  }
  value.expected(R"(host:port, such as 0.0.0.0:8080, :8080 or "[::1]:8080")");
  return std::nullopt;
}

std::optional<std::vector<std::string>> read_hosts(const Value& list) {
  if (list.node().kind != YamlKind::Sequence) {
    list.expected("a list of hosts, such as [defenderd.example.com]");
    return std::nullopt;
  }
  if (list.node().count > limits::kAllowedHosts) {
    list.problem("expected at most " + std::to_string(limits::kAllowedHosts) +
                 " hosts; *.example.com means all names below it");
    return std::nullopt;
  }
  std::vector<std::string> hosts;
  each_item(list, [&](const Value& value) {
    const std::string_view text =
        value.node().kind == YamlKind::Scalar ? value.text() : std::string_view();
    const auto host = host_pattern(text);
    if (host) {
      hosts.emplace_back(*host);
    } else {
      value.expected(
          R"(a host without scheme and port, such as defenderd.example.com, "*.example.com" or "*")");
    }
  });
  return hosts;
}

std::optional<std::string> read_origin(const Value& value) {
  auto url = read(value, false);
  if (url && url->ends_with('/')) url->pop_back();
  return url;
}

std::optional<std::string> read_url(const Value& value) { return read(value, true); }

}  // namespace defenderd
