#pragma once
// JSON writes a character beyond U+FFFF as two escapes, \ud83d\ude00, which YAML does not know. To
// keep every offset and column, such a pair is parsed as two other escapes of the same length, and
// each parsed text gets the character back.

#include <string>
#include <string_view>

namespace defenderd {

// Refers to the text.
class SurrogateEscapes {
 public:
  explicit SurrogateEscapes(std::string_view text);

  // What to parse, of the same length as the text.
  [[nodiscard]] std::string_view text() const { return replaced_.empty() ? text_ : replaced_; }
  [[nodiscard]] bool any() const { return !replaced_.empty(); }
  // What a parsed scalar says.
  [[nodiscard]] std::string restored(std::string_view scalar) const;

 private:
  const std::string_view text_;
  std::string replaced_ = {};
};

}  // namespace defenderd
