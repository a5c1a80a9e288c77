#include "base/time_text.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>

#include "base/letters.h"

namespace defenderd {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array<Unit, 5> kUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::int64_t kTenYears = 3'652LL * 86'400'000;
// Well within the range of 64 bits of nanoseconds, the wall clock's resolution.
constexpr int kFirstYear = 1970;
constexpr int kLastYear = 2261;

// Reads exactly `digits` digits from the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (!is_digit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text[0] != expected) return false;
  text.remove_prefix(1);
  return true;
}

// "Z" or "+hh:mm", as minutes east of UTC.
std::optional<int> parse_zone(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  const auto hours = take_number(text, 2);
  if (!hours || *hours > 23 || !take(text, ':')) return std::nullopt;
  const auto minutes = take_number(text, 2);
  if (!minutes || *minutes > 59 || !text.empty()) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

// The digits after the decimal point, to the microsecond.
std::optional<std::chrono::microseconds> take_fraction(std::string_view& text) {
  std::int64_t micros = 0;
  std::size_t digits = 0;
  for (; !text.empty() && is_digit(text[0]); text.remove_prefix(1), ++digits) {
    if (digits < 6) micros = micros * 10 + (text[0] - '0');
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 6; ++digits) micros *= 10;
  return std::chrono::microseconds(micros);
}

template <class Fraction>
std::string rfc3339(WallTime time) {
  const auto since_epoch = std::chrono::floor<Fraction>(time);
  const auto day = std::chrono::floor<std::chrono::days>(since_epoch);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<Fraction> clock(since_epoch - day);
  std::array<char, 64> buffer{};
  const int length = std::snprintf(
      buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%0*dZ",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<int>(clock.fractional_width), static_cast<int>(clock.subseconds().count()));
  return {buffer.data(), static_cast<std::size_t>(length)};
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || count < 0 || !is_digit(text[0])) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    std::size_t letters = 0;
    while (letters < text.size() && !is_digit(text[letters])) ++letters;
    while (next_unit < kUnits.size() && kUnits[next_unit].name != text.substr(0, letters))
      ++next_unit;
    if (next_unit == kUnits.size() || count > kTenYears / kUnits[next_unit].milliseconds) {
      return std::nullopt;
    }
    total += count * kUnits[next_unit].milliseconds;
    if (total > kTenYears) return std::nullopt;
    ++next_unit;
    text.remove_prefix(letters);
  }
  return milliseconds(total);
}

std::string format_duration(Duration duration) {
  auto rest = std::chrono::duration_cast<milliseconds>(duration).count();
  if (rest == 0) return "0s";
  std::string result = rest < 0 ? "-" : "";
  if (rest < 0) rest = -rest;
  for (const Unit& unit : kUnits) {
    if (rest < unit.milliseconds) continue;
    result += std::to_string(rest / unit.milliseconds);
    result += unit.name;
    rest %= unit.milliseconds;
  }
  return result;
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;  // NOLINT(google-build-using-namespace): a page of calendar types
  const auto years = take_number(text, 4);
  if (!years || *years < kFirstYear || *years > kLastYear || !take(text, '-')) return std::nullopt;
  const auto months = take_number(text, 2);
  if (!months || !take(text, '-')) return std::nullopt;
  const auto days_of_month = take_number(text, 2);
  if (!days_of_month || (!take(text, 'T') && !take(text, 't') && !take(text, ' ')))
    return std::nullopt;
  const year_month_day date{year(*years), month(static_cast<unsigned>(*months)),
                            day(static_cast<unsigned>(*days_of_month))};
  const auto hour_of_day = take_number(text, 2);
  if (!date.ok() || !hour_of_day || *hour_of_day > 23 || !take(text, ':')) return std::nullopt;
  const auto minute_of_hour = take_number(text, 2);
  if (!minute_of_hour || *minute_of_hour > 59 || !take(text, ':')) return std::nullopt;
  const auto second_of_minute = take_number(text, 2);
  if (!second_of_minute || *second_of_minute > 60) return std::nullopt;  // 60: a leap second
  microseconds fraction{0};
  if (take(text, '.')) {
    const auto read = take_fraction(text);
    if (!read) return std::nullopt;
    fraction = *read;
  }
  const auto zone = parse_zone(text);
  if (!zone) return std::nullopt;
  return WallTime(sys_days(date)) + hours(*hour_of_day) + minutes(*minute_of_hour - *zone) +
         seconds(*second_of_minute) + fraction;
}

std::string format_rfc3339(WallTime time) { return rfc3339<milliseconds>(time); }

std::string format_rfc3339_micros(WallTime time) {
  return rfc3339<std::chrono::microseconds>(time);
}

double to_unix_seconds(WallTime time) {
  return std::chrono::duration<double>(std::chrono::floor<milliseconds>(time.time_since_epoch()))
      .count();
}

}  // namespace defenderd
