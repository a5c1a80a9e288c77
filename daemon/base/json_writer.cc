#include "base/json_writer.h"

#include <utility>

#include "base/letters.h"
#include "base/text.h"

namespace defenderd {
namespace {

// The code of a character that controls a terminal: the C1 controls, the line and paragraph
// separators and the direction overrides. Otherwise 0. JSON is printed to terminals, too.
std::uint32_t control_at(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])) : 0U;
  };
  if (byte(0) == 0xC2 && byte(1) < 0xA0) return byte(1);
  if (byte(0) != 0xE2 || (byte(1) != 0x80 && byte(1) != 0x81)) return 0;
  const std::uint32_t code = 0x2000U | ((byte(1) & 0x3FU) << 6U) | (byte(2) & 0x3FU);
  return (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ? code : 0;
}

}  // namespace

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
  text_ += '"';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += c;
    } else if (c == '\n') {
      text_ += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      text_ += "\\u00";
      text_ += kHexDigits[byte >> 4U];
      text_ += kHexDigits[byte & 0x0FU];
    } else if (const std::uint32_t control = byte < 0x80 ? 0 : control_at(text.substr(i))) {
      text_ += "\\u";
      for (const unsigned shift : {12U, 8U, 4U, 0U})
        text_ += kHexDigits[(control >> shift) & 0x0FU];
      i += control < 0x800 ? 1 : 2;
    } else {
      text_ += c;
    }
  }
  text_ += '"';
}

}  // namespace defenderd
