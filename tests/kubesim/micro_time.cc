#include "kubesim/micro_time.h"

#include <chrono>

#include "base/time_text.h"

namespace kubesim {
namespace {

constexpr std::size_t kPoint = 19;    // "2026-12-24T00:00:00" is that long
constexpr std::size_t kFraction = 6;  // digits of a microsecond

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<defenderd::WallTime> parse_micro_time(std::string_view text) {
  if (text.size() <= kPoint + 1 + kFraction || text[kPoint] != '.') return std::nullopt;
  for (std::size_t i = 1; i <= kFraction; ++i) {
    if (!is_digit(text[kPoint + i])) return std::nullopt;
  }
  if (is_digit(text[kPoint + 1 + kFraction])) return std::nullopt;
  return defenderd::parse_rfc3339(text);
}

std::string format_micro_time(defenderd::WallTime time) {
  const auto micros = std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch());
  std::string digits = std::to_string(micros.count() % 1'000'000);
  digits.insert(0, kFraction - digits.size(), '0');
  return format_time(time).substr(0, kPoint) + "." + digits + "Z";
}

std::string format_time(defenderd::WallTime time) {
  return defenderd::format_rfc3339(time).substr(0, kPoint) + "Z";
}

}  // namespace kubesim
