#include "base/iso_duration.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>

namespace defenderd {
namespace {

using std::chrono::seconds;

struct Unit {
  char letter;
  bool of_time;  // after the T
  std::int64_t seconds;
};
// In the order in which they may occur.
constexpr std::array<Unit, 5> kUnits{{{'W', false, 7LL * 86'400},
                                      {'D', false, 86'400},
                                      {'H', true, 3'600},
                                      {'M', true, 60},
                                      {'S', true, 1}}};
constexpr std::int64_t kLongest = 10LL * 366 * 86'400;

// Takes the number at the start of `text`; nullopt if there is none.
std::optional<std::int64_t> take_number(std::string_view& text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number > kLongest) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

// Takes ".123" if it is there; false if the point is not followed by digits.
bool take_fraction(std::string_view& text) {
  if (text.empty() || text.front() != '.') return true;
  const std::size_t end = text.find_first_not_of("0123456789", 1);
  if (end == 1 || end == std::string_view::npos) return false;
  text.remove_prefix(end);
  return text.front() == 'S';
}

}  // namespace

std::optional<Duration> parse_iso_duration(std::string_view text) {
  if (text.empty() || text.front() != 'P') return std::nullopt;
  text.remove_prefix(1);
  std::int64_t total = 0;
  std::size_t next = 0;  // the first unit that may still occur
  bool in_time = false;
  bool any = false;
  while (!text.empty()) {
    if (text.front() == 'T') {
      if (in_time || text.size() == 1) return std::nullopt;
      in_time = true;
      text.remove_prefix(1);
    }
    const auto number = take_number(text);
    if (!number || !take_fraction(text) || text.empty()) return std::nullopt;
    while (next < kUnits.size() &&
           (kUnits.at(next).letter != text.front() || kUnits.at(next).of_time != in_time)) {
      ++next;
    }
    if (next == kUnits.size()) return std::nullopt;
    total += *number * kUnits.at(next).seconds;
    if (total > kLongest) return std::nullopt;
    any = true;
    ++next;
    text.remove_prefix(1);
  }
  if (!any) return std::nullopt;
  return seconds(total);
}

}  // namespace defenderd
