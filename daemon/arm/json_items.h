#pragma once
// A walk through JSON text, value by value as it is written: what is carried along comes out byte
// for byte, with the digits and the order that it came with.

#include <string_view>

namespace defenderd {

// The members of an object or the items of a list; anything else has none. The text must be known
// to be well-formed, and outlives this. Any other text gives some items and comes to an end.
class JsonItems {
 public:
  explicit JsonItems(std::string_view container);

  // To the next one; false when there is none.
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
