#include "net/http.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "base/host_port.h"
#include "base/scrub.h"
#include "base/text.h"

namespace defenderd {
namespace {

constexpr Duration kLongestWait = std::chrono::hours(24);

std::optional<int> parse_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535) {
    return std::nullopt;
  }
  return port;
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == ':';
  });
}

// IMF-fixdate of RFC 9110: "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<WallTime> parse_http_date(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kMonths{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  int day = 0;
  int year = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::array<char, 4> month{};
  const std::string copy(text);
  if (std::sscanf(copy.c_str(), "%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &day, month.data(), &year,
                  &hour, &minute, &second) != 6) {
    return std::nullopt;
  }
  const auto* const found =
      std::find(kMonths.begin(), kMonths.end(), std::string_view(month.data()));
  const auto month_number = static_cast<unsigned>(found - kMonths.begin()) + 1;
  constexpr int kFirstYear = 1970;  // the clock does not support many earlier years
  constexpr int kLastYear = 2200;   // or many later ones
  if (year < kFirstYear) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(std::min(year, kLastYear)),
                                         std::chrono::month(month_number),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
    return std::nullopt;
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second);
}

}  // namespace

Result<Origin> Origin::parse(std::string_view url) {
  // Without what precedes an '@', which can be a password, and without a query.
  const std::size_t at = url.rfind('@');
  const std::string_view given =
      at == std::string_view::npos ? url.substr(0, url.find_first_of("?#")) : url.substr(at);
  const auto fail = [given](std::string_view what) {
    return Unexpected(Error{quoted_value(given, 200) + " " + std::string(what) +
                            "; expected https://host or https://host:port"});
  };
  Origin origin;
  if (url.starts_with("https://")) {
    url.remove_prefix(8);
  } else if (url.starts_with("http://")) {
    url.remove_prefix(7);
    origin.tls = false;
    origin.port = 80;
  } else {
    return fail("is not a URL with the scheme https");
  }
  while (url.ends_with('/')) url.remove_suffix(1);
  if (url.find_first_of("/?#@") != std::string_view::npos)
    return fail("has more than a host and a port");
  std::string_view port;
  if (url.starts_with('[')) {
    const std::size_t close = url.find(']');
    if (close == std::string_view::npos)
      return fail("has an IPv6 address without a closing bracket");
    origin.host = to_lower(url.substr(1, close - 1));
    port = url.substr(close + 1);
  } else {
    const std::size_t colon = url.find(':');
    origin.host = to_lower(url.substr(0, colon));
    if (colon != std::string_view::npos) port = url.substr(colon);
  }
  if (!is_host(origin.host)) return fail("has no valid host name");
  if (!port.empty()) {
    const auto number = port[0] == ':' ? parse_port(port.substr(1)) : std::nullopt;
    if (!number) return fail("has no valid port");
    origin.port = *number;
  }
  return origin;
}

std::string Origin::text() const {
  std::string result = tls ? "https://" : "http://";
  result += bracketed(host);
  if (port != (tls ? 443 : 80)) result += ":" + std::to_string(port);
  return result;
}

std::string_view HttpResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (iequals(key, name)) return value;
  }
  return {};
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      result += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result += '%';
    result += kHex[byte >> 4U];
    result += kHex[byte & 0x0FU];
  }
  return result;
}

std::string form_encode(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string result;
  for (const auto& [name, value] : fields) {
    if (!result.empty()) result += '&';
    result += percent_encode(name) + "=" + percent_encode(value);
  }
  return result;
}

std::optional<Duration> parse_retry_after(std::string_view value, WallTime now) {
  value = trim(value);
  if (value.empty()) return std::nullopt;
  if (value.find_first_not_of("0123456789") == std::string_view::npos) {
    constexpr long long kTooMany = 24LL * 3600;
    long long seconds = kTooMany;  // if the number overflows
    std::from_chars(value.data(), value.data() + value.size(), seconds);
    return std::chrono::seconds(std::min(seconds, kTooMany));
  }
  const auto date = parse_http_date(value);
  if (!date) return std::nullopt;
  return std::clamp<Duration>(std::chrono::duration_cast<Duration>(*date - now), Duration::zero(),
                              kLongestWait);
}

}  // namespace defenderd
