#pragma once
// Reading values out of a YAML tree: each function returns the value, or reports what it expected
// and found and returns nullopt.

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "desired/report.h"
#include "desired/yaml_tree.h"

namespace defenderd {

// The position of a value: "subscriptions[3].promptEvidence". A chain up the call stack, which
// costs nothing until a problem is reported.
struct Path {
  const Path* parent = nullptr;
  std::string_view key = {};
  std::optional<std::size_t> index = {};
  [[nodiscard]] std::string text() const;
  // Whether one of the keys means that its values are secrets.
  [[nodiscard]] bool names_credential() const;
};

// A value with its position. Short-lived: refers to the tree, the report and the path.
struct Value {
  const YamlTree& tree;
  Report& report;
  const Path& path;
  YamlTree::Index index;

  [[nodiscard]] const YamlNode& node() const { return tree.node(index); }
  [[nodiscard]] std::string_view text() const { return tree.text(index); }
  [[nodiscard]] Place place() const { return tree.place(index); }
  void problem(std::string message) const {
    report.add(place(), report.full() ? "" : path.text(), std::move(message));
  }
  // "expected <what>, found <value>"
  void expected(std::string_view what, std::string_view hint = {}) const;
  // The same for values that may be a misplaced secret, which no message repeats.
  void expected_unseen(std::string_view what, std::string_view hint = {}) const;
  // "; column 47 has U+00A0 NO-BREAK SPACE: delete it", if the value has such a character.
  [[nodiscard]] std::string odd_hint() const;
  // The value, for a message: `the number 12`, `a list`, `"onn"`; never a secret.
  [[nodiscard]] std::string found() const;
  // The same without the value.
  [[nodiscard]] std::string kind() const;
};

// on/off/true/false/yes/no in the forms of YAML 1.1: on, On, ON.
[[nodiscard]] std::optional<bool> parse_switch(std::string_view text);
// The same, plain or quoted.
[[nodiscard]] std::optional<bool> read_switch(const Value& value);

enum class LineBreaks { Refused, BecomeSpaces };
// Text for people: 1 to `max` characters, none of them control characters.
[[nodiscard]] std::optional<std::string> read_text(const Value& value, std::size_t max,
                                                   LineBreaks breaks = LineBreaks::Refused);

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
  value.expected_unseen("a GUID such as 6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11");
  return std::nullopt;
}

// "a, b or c"
[[nodiscard]] std::string any_of_text(std::span<const std::string_view> words);
// ": did you mean "word"?", or "" if nothing is near.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       std::span<const std::string_view> candidates);

}  // namespace defenderd
