#include "desired/value.h"

#include <algorithm>
#include <utility>

#include "base/credential_shape.h"
#include "base/scrub.h"
#include "base/text.h"
#include "desired/odd_character.h"
#include "desired/scalar_type.h"

namespace defenderd {
namespace {

constexpr std::size_t kShownBytes = 60;

}  // namespace

std::string Path::text() const {
  std::string result = parent == nullptr ? "" : parent->text();
  if (index) return result + "[" + std::to_string(*index) + "]";
  if (!result.empty() && !key.empty()) result += '.';
  // A file of secrets may be read by mistake, so text before a colon may not be a key.
  return result +
         (looks_like_credential(key) ? "(a key that is not shown)" : printable(key, kShownBytes));
}

bool Path::is_hidden() const { return hidden || (parent != nullptr && parent->is_hidden()); }

bool Path::names_credential() const {
  return hidden || is_credential_key(key) || (parent != nullptr && parent->names_credential());
}

void Value::expected(std::string_view what, std::string_view hint) const {
  std::string message = "expected ";
  message += what;
  message += ", found ";
  message += found();
  message += hint;
  message += odd_hint();
  problem(std::move(message));
}

void Value::expected_unseen(std::string_view what, std::string_view hint) const {
  std::string message = "expected ";
  message += what;
  message += ", found ";
  message += kind();
  message += hint;
  message += odd_hint();
  problem(std::move(message));
}

std::string Value::odd_hint() const {
  if (node().kind != YamlKind::Scalar) return {};
  const auto odd = find_odd_character(text());
  if (!odd) return {};
  return "; column " + column_of(odd->offset) + " has " + std::string(odd->name) + ": " +
         std::string(odd->advice);
}

std::string Value::letter_hint() const {
  if (node().kind != YamlKind::Scalar || find_odd_character(text())) return {};
  const auto letter = find_foreign_letter(text());
  if (!letter) return {};
  return "; column " + column_of(letter->offset) + " has " + letter->name +
         ", which is not an ASCII character";
}

std::string Value::column_of(std::size_t offset) const {
  const auto start = static_cast<std::size_t>(report.character_column(place()));
  return std::to_string(start + (node().quoted ? 1 : 0) +
                        count_characters(text().substr(0, offset)));
}

std::string Value::kind() const {
  if (node().kind != YamlKind::Scalar) return found();
  if (node().quoted) return hidden_value(text());
  switch (scalar_type(text())) {
    case ScalarType::Boolean:
      return "a boolean";
    case ScalarType::Integer:
    case ScalarType::Real:
      return "a number";
    case ScalarType::Text:
      break;
  }
  return hidden_value(text());
}

std::string Value::found() const {
  switch (node().kind) {
    case YamlKind::Null:
      return "nothing";
    case YamlKind::Sequence:
      return "a list";
    case YamlKind::Map:
      return "a map";
    case YamlKind::Scalar:
    case YamlKind::Alias:
      break;
  }
  if (path.names_credential() || holds_credential(text())) return kind();
  const std::string shown = printable(text(), kShownBytes);
  if (node().quoted) return "the text \"" + shown + "\"";
  switch (scalar_type(text())) {
    case ScalarType::Boolean:
      return "the boolean " + shown;
    case ScalarType::Integer:
    case ScalarType::Real:
      return "the number " + shown;
    case ScalarType::Text:
      break;
  }
  return "\"" + shown + "\"";
}

std::string any_of_text(std::span<const std::string_view> words) {
  std::string result;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) result += i + 1 == words.size() ? " or " : ", ";
    result += words[i];
  }
  return result;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
  const std::string_view near = nearest(word, candidates);
  if (near.empty()) return "";
  return ": did you mean \"" + std::string(near) + "\"?";
}

}  // namespace defenderd
