#include "telemetry/json_writer.h"

#include <utility>

#include "base/text.h"

namespace defenderd {

void JsonWriter::separate() {
  if (std::exchange(after_key_, false) || has_items_.empty()) return;
  if (has_items_.back()) text_ += ',';
  has_items_.back() = true;
}

void JsonWriter::begin_object() {
  separate();
  text_ += '{';
  has_items_.push_back(false);
}

void JsonWriter::end_object() {
  text_ += '}';
  has_items_.pop_back();
}

void JsonWriter::begin_array() {
  separate();
  text_ += '[';
  has_items_.push_back(false);
}

void JsonWriter::end_array() {
  text_ += ']';
  has_items_.pop_back();
}

void JsonWriter::key(std::string_view name) {
  separate();
  quote(name);
  text_ += ':';
  after_key_ = true;
}

void JsonWriter::value(std::string_view text) {
  separate();
  quote(text);
}

void JsonWriter::value(bool on) {
  separate();
  text_ += on ? "true" : "false";
}

void JsonWriter::value(std::int64_t number) {
  separate();
  text_ += std::to_string(number);
}

void JsonWriter::null() {
  separate();
  text_ += "null";
}

std::string JsonWriter::take() {
  has_items_.clear();
  return std::exchange(text_, {});
}

void JsonWriter::quote(std::string_view text) {
  if (!is_valid_utf8(text)) {
    quote(printable(text, text.size()));
    return;
  }
  static constexpr std::string_view kHex = "0123456789abcdef";
  text_ += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += c;
    } else if (c == '\n') {
      text_ += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      text_ += "\\u00";
      text_ += kHex[byte >> 4U];
      text_ += kHex[byte & 0x0FU];
    } else {
      text_ += c;
    }
  }
  text_ += '"';
}

}  // namespace defenderd
