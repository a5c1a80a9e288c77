#pragma once
// Writes JSON text incrementally, for logs and the API: ten thousand rows without a tree.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace defenderd {

// The caller follows the grammar: in an object every value comes after key(), or by member().
// Malformed UTF-8 is replaced, so the text is always valid JSON, and control characters are
// escaped, so it can be printed to a terminal.
class JsonWriter {
 public:
  void begin_object();
  void end_object();
  void begin_array();
  void end_array();
  void key(std::string_view name);

  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(bool on);
  void value(std::int64_t number);
  void value(int number) { value(static_cast<std::int64_t>(number)); }
  void value(std::size_t count) { value(static_cast<std::int64_t>(count)); }
  void null();
  template <class T>
  void value(const std::optional<T>& maybe) {
    if (maybe) {
      value(*maybe);
    } else {
      null();
    }
  }

  template <class T>
  void member(std::string_view name, const T& content) {
    key(name);
    value(content);
  }

  // Returns the text so far and clears the writer.
  [[nodiscard]] std::string take();
  void reserve(std::size_t bytes) { text_.reserve(bytes); }

 private:
  void separate();
  void quote(std::string_view text);

  std::string text_;
  std::vector<bool> has_items_;  // of each open object or array
  bool after_key_ = false;
};

}  // namespace defenderd
