#pragma once
// A value of a YAML tree with its position, and what messages say about it.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "desired/report.h"
#include "desired/yaml_tree.h"

namespace defenderd {

// The position of a value: "subscriptions[3].promptEvidence". A chain up the call stack, which
// costs nothing until a problem is reported.
struct Path {
  const Path* parent = nullptr;
  std::string_view key = {};
  std::optional<std::size_t> index = {};
  bool hidden = false;  // no message repeats a value or an unknown key at or below it
  [[nodiscard]] std::string text() const;
  // Whether it, or what it is in, is hidden.
  [[nodiscard]] bool is_hidden() const;
  // The same, or one of the keys means that its values are secrets.
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
  // "; column 11 has U+043E, which is not an ASCII character", for a value or key that must consist
  // of such: a letter of another script may look the same. "" where odd_hint() says it.
  [[nodiscard]] std::string letter_hint() const;
  // The value, for a message: `the number 12`, `a list`, `"onn"`; never a secret.
  [[nodiscard]] std::string found() const;
  // The same without the value.
  [[nodiscard]] std::string kind() const;

 private:
  [[nodiscard]] std::string column_of(std::size_t offset) const;
};

// Calls visit(Value) for each item of a sequence.
template <class Visit>
void each_item(const Value& list, Visit visit) {
  std::size_t i = 0;
  list.tree.each_item(list.index, [&](YamlTree::Index item) {
    const Path path{.parent = &list.path, .index = i++};
    visit(Value{list.tree, list.report, path, item});
  });
}

// "a, b or c"
[[nodiscard]] std::string any_of_text(std::span<const std::string_view> words);
// ": did you mean "word"?", or "" if nothing is near.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       std::span<const std::string_view> candidates);

}  // namespace defenderd
