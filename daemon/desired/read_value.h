#pragma once
// Reading scalars out of a YAML tree: each function returns the value, or reports what it expected
// and found and returns nullopt.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "desired/value.h"

namespace defenderd {

// on/off/true/false/yes/no in the forms of YAML 1.1: on, On, ON.
[[nodiscard]] std::optional<bool> parse_switch(std::string_view text);
// The same, plain or quoted.
[[nodiscard]] std::optional<bool> read_switch(const Value& value);

enum class LineBreaks { Refused, BecomeSpaces };
// Text for people: 1 to `max` characters, none of them control characters.
[[nodiscard]] std::optional<std::string> read_text(const Value& value, std::size_t max,
                                                   LineBreaks breaks = LineBreaks::Refused);

// The path of a file. A secret in its place is not shown.
[[nodiscard]] std::optional<std::string> read_path(const Value& value);

[[nodiscard]] std::optional<int> read_integer(const Value& value, int min, int max);
[[nodiscard]] std::optional<double> read_number(const Value& value, double min, double max);
[[nodiscard]] std::optional<Duration> read_duration(const Value& value, Duration min, Duration max);
[[nodiscard]] std::optional<WallTime> read_time(const Value& value);

// The position of the word in `words`.
[[nodiscard]] std::optional<std::size_t> read_word(const Value& value,
                                                   std::span<const std::string_view> words);

// A value that is not a GUID is not repeated: a client id and a secret are easily swapped.
template <class Id>
[[nodiscard]] std::optional<Id> read_guid(const Value& value) {
  if (value.node().kind == YamlKind::Scalar) {
    if (const auto id = Id::parse(value.text())) return id;
  }
  value.expected_unseen("a GUID such as 6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11", value.letter_hint());
  return std::nullopt;
}

}  // namespace defenderd
