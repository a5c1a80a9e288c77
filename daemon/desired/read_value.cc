#include "desired/read_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/credential_shape.h"
#include "base/letters.h"
#include "base/text.h"
#include "base/time_text.h"
#include "desired/limits.h"
#include "desired/scalar_type.h"

namespace defenderd {
namespace {

// A plain scalar that is text although it has no quotes.
bool is_text(const Value& value) {
  return value.node().kind == YamlKind::Scalar &&
         (value.node().quoted || scalar_type(value.text()) == ScalarType::Text);
}

bool is_plain_number(const Value& value) {
  if (value.node().kind != YamlKind::Scalar || value.node().quoted) return false;
  const ScalarType type = scalar_type(value.text());
  return type == ScalarType::Integer || type == ScalarType::Real;
}

template <class Number>
std::optional<Number> parse_decimal(std::string_view text) {
  if (text.starts_with("+")) text.remove_prefix(1);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// A plain number without a fraction. Helm and JSON libraries write 1000000 as 1e+06.
std::optional<std::int64_t> whole_number(std::string_view text) {
  if (const auto number = parse_decimal<std::int64_t>(text)) return number;
  const auto real = parse_decimal<double>(text);
  constexpr double kExact = 1LL << 53U;
  if (!real || std::trunc(*real) != *real || std::abs(*real) > kExact) return std::nullopt;
  return static_cast<std::int64_t>(*real);
}

// A later year than the clock can hold, up to 9999, means "for ever": the last second that it
// holds.
std::optional<WallTime> beyond_the_clock(std::string_view text) {
  constexpr std::string_view kLeapYear = "2260";  // has each day that another year may have
  constexpr std::string_view kLast = "2261-12-31T23:59:59Z";
  const std::string_view year = text.substr(0, 4);
  const bool later = year.size() == 4 && std::all_of(year.begin(), year.end(), is_digit) &&
                     year > kLast.substr(0, 4);
  if (!later || !parse_rfc3339(std::string(kLeapYear) + std::string(text.substr(4))))
    return std::nullopt;
  return parse_rfc3339(kLast);
}

std::string number_text(double number) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return {buffer.data(), end};
}

// Called for each text of a large fleet, so a quick check excludes nearly all.
bool is_secret_by_form(std::string_view text) {
  static constexpr std::array<std::string_view, 3> kMarks{"eyJ", "Q~", "-----BEGIN "};
  const bool marked = std::any_of(kMarks.begin(), kMarks.end(), [&](std::string_view mark) {
    return text.find(mark) != std::string_view::npos;
  });
  if (!marked) return false;
  std::vector<TextSpan> spans;
  find_credentials(text, Suspicion::Certain, spans);
  return !spans.empty();
}

// For values that consist of ASCII characters only.
void expected(const Value& value, std::string_view what, const std::string& hint = {}) {
  value.expected(what, hint + value.letter_hint());
}

}  // namespace

std::optional<bool> parse_switch(std::string_view text) {
  static constexpr std::array<std::string_view, 9> kOn{"on",   "On",  "ON",  "true", "True",
                                                       "TRUE", "yes", "Yes", "YES"};
  static constexpr std::array<std::string_view, 9> kOff{"off",   "Off", "OFF", "false", "False",
                                                        "FALSE", "no",  "No",  "NO"};
  if (std::find(kOn.begin(), kOn.end(), text) != kOn.end()) return true;
  if (std::find(kOff.begin(), kOff.end(), text) != kOff.end()) return false;
  return std::nullopt;
}

std::optional<bool> read_switch(const Value& value) {
  static constexpr std::array<std::string_view, 2> kWords{"on", "off"};
  if (value.node().kind != YamlKind::Scalar) {
    value.expected("on or off");
    return std::nullopt;
  }
  const auto on = parse_switch(value.text());
  if (!on) expected(value, "on or off", did_you_mean(value.text(), kWords));
  return on;
}

std::optional<std::string> read_text(const Value& value, std::size_t max, LineBreaks breaks) {
  if (!is_text(value)) {
    value.expected("text", value.node().kind == YamlKind::Scalar ? ": put it in quotes" : "");
    return std::nullopt;
  }
  std::string text(value.text());
  if (breaks == LineBreaks::BecomeSpaces) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    text = trim(text);
  }
  if (trim(text).empty()) {
    value.problem("expected text, found none: delete the key if you don't need it");
    return std::nullopt;
  }
  if (const std::size_t length = count_characters(text); length > max) {
    value.problem("expected at most " + std::to_string(max) + " characters, found " +
                  std::to_string(length));
    return std::nullopt;
  }
  if (!is_printable(text)) {
    value.problem(
        "a control character (a line break, a tab, a text direction mark or similar): delete it");
    return std::nullopt;
  }
  if (is_secret_by_form(text)) {
    value.problem(
        "a token, key or secret: never store secrets in this file, because its texts are shown");
    return std::nullopt;
  }
  return text;
}

std::optional<std::string> read_path(const Value& value) {
  auto path = read_text(value, limits::kFilePath);
  if (!path || !looks_like_credential(*path)) return path;
  value.problem(
      "expected the path of a file, found what looks like the secret itself and is not shown: put "
      "it into a separate file and use its path here");
  return std::nullopt;
}

std::optional<int> read_integer(const Value& value, int min, int max) {
  const std::string range =
      "a whole number from " + std::to_string(min) + " to " + std::to_string(max);
  const std::string_view text =
      value.node().kind == YamlKind::Scalar ? value.text() : std::string_view();
  // 010 is eight for some.
  const bool octal = text.size() > 1 && text[0] == '0' && text[1] != '.' && text[1] != 'e';
  if (is_plain_number(value) && !octal) {
    const auto number = whole_number(text);
    if (number && *number >= min && *number <= max) return static_cast<int>(*number);
  }
  expected(value, range);
  return std::nullopt;
}

std::optional<double> read_number(const Value& value, double min, double max) {
  if (is_plain_number(value)) {
    const auto number = parse_decimal<double>(value.text());
    if (number && *number >= min && *number <= max) return number;
  }
  expected(value, "a number from " + number_text(min) + " to " + number_text(max));
  return std::nullopt;
}

std::optional<Duration> read_duration(const Value& value, Duration min, Duration max) {
  const auto duration = is_text(value) ? parse_duration(value.text()) : std::optional<Duration>();
  if (duration && *duration >= min && *duration <= max) return duration;
  const std::string range = "from " + format_duration(min) + " to " + format_duration(max);
  if (duration) {
    expected(value, "a duration " + range);
  } else {
    expected(value, "a duration such as 30s, 5m or 1h30m, " + range);
  }
  return std::nullopt;
}

std::optional<WallTime> read_time(const Value& value) {
  if (is_text(value)) {
    if (const auto time = parse_rfc3339(value.text())) return time;
    if (const auto time = beyond_the_clock(value.text())) return time;
  }
  expected(value, "a time with its time zone such as 2026-12-24T00:00:00Z");
  return std::nullopt;
}

std::optional<std::size_t> read_word(const Value& value, std::span<const std::string_view> words) {
  if (value.node().kind != YamlKind::Scalar) {
    value.expected(any_of_text(words));
    return std::nullopt;
  }
  const auto* const begin = words.data();
  const auto* const found = std::find(begin, begin + words.size(), value.text());
  if (found != begin + words.size()) return static_cast<std::size_t>(found - begin);
  expected(value, any_of_text(words), did_you_mean(value.text(), words));
  return std::nullopt;
}

}  // namespace defenderd
