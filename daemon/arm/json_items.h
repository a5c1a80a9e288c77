#pragma once
// Iterates over JSON text without changing it, so that preserved members keep every byte: digits,
// escapes, white space and order.

#include <string_view>

namespace defenderd {

// The members of an object or the items of a list; anything else has none. The text must be
// well-formed and outlive this. Any other text gives some items and ends.
class JsonItems {
 public:
  explicit JsonItems(std::string_view container);

  // Moves to the next one; false if there is none.
  bool next();
  // With its quotes; "" in a list.
  [[nodiscard]] std::string_view raw_key() const { return key_; }
  [[nodiscard]] std::string_view value() const { return value_; }

 private:
  std::string_view rest_;
  bool is_object_ = false;
  std::string_view key_;
  std::string_view value_;
};

}  // namespace defenderd
