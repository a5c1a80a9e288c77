#include "desired/surrogate_escapes.h"

#include <cstdint>

#include "base/letters.h"
#include "base/text.h"
#include "base/unicode_escape.h"

namespace defenderd {
namespace {

// A surrogate and its stand-in, of the private use area: U+D800 + n and U+E000 + n.
constexpr std::uint32_t kSurrogates = 0xD800;
constexpr std::uint32_t kLowSurrogates = 0xDC00;
constexpr std::uint32_t kStandIns = 0xE000;
constexpr std::uint32_t kLowStandIns = 0xE400;
constexpr std::uint32_t kHalf = 0x400;

// The number in the escape at `at`; 0 if there is none.
std::uint32_t escape_at(std::string_view text, std::size_t at) {
  return escaped_unit(text, at).value_or(0);
}

bool is_within(std::uint32_t number, std::uint32_t first, std::uint32_t count) {
  return number >= first && number < first + count;
}

void write_escape(std::string& text, std::size_t at, std::uint32_t number) {
  for (std::size_t digit = 0; digit < 4; ++digit)
    text[at + 2 + digit] = kHexDigits[number >> (12 - 4 * digit) & 0xFU];
}

// The stand-in that starts at `at`; 0 if there is none.
std::uint32_t stand_in_at(std::string_view text, std::size_t at) {
  if (text.size() < at + 3 || text[at] != '\xEE') return 0;
  const auto bits = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]) & 0x3FU);
  };
  const std::uint32_t number = kStandIns | bits(at + 1) << 6U | bits(at + 2);
  return is_within(number, kStandIns, 2 * kHalf) ? number : 0;
}

// A file that has them itself could not be distinguished from one with replaced pairs.
bool has_stand_ins(std::string_view text) {
  for (std::size_t at = text.find('\xEE'); at != std::string_view::npos;
       at = text.find('\xEE', at + 1)) {
    if (stand_in_at(text, at) != 0) return true;
  }
  for (std::size_t at = text.find("\\u"); at != std::string_view::npos;
       at = text.find("\\u", at + 1)) {
    if (is_within(escape_at(text, at), kStandIns, 2 * kHalf)) return true;
  }
  return false;
}

// Whether the backslash at `at` is itself escaped by those before it.
bool is_escaped(std::string_view text, std::size_t at) {
  std::size_t before = 0;
  while (before < at && text[at - before - 1] == '\\') ++before;
  return before % 2 == 1;
}

}  // namespace

SurrogateEscapes::SurrogateEscapes(std::string_view text) : text_(text) {
  for (std::size_t at = text.find("\\u"); at != std::string_view::npos;
       at = text.find("\\u", at + 1)) {
    const std::uint32_t high = escape_at(text, at);
    const std::uint32_t low = escape_at(text, at + kUnicodeEscape);
    if (!is_within(high, kSurrogates, kHalf) || !is_within(low, kLowSurrogates, kHalf)) continue;
    if (is_escaped(text, at)) continue;
    if (replaced_.empty()) {
      if (has_stand_ins(text)) return;
      replaced_ = text;
    }
    write_escape(replaced_, at, high - kSurrogates + kStandIns);
    write_escape(replaced_, at + kUnicodeEscape, low - kSurrogates + kStandIns);
  }
}

std::string SurrogateEscapes::restored(std::string_view scalar) const {
  std::string result;
  for (std::size_t i = 0; i < scalar.size();) {
    const std::uint32_t high = stand_in_at(scalar, i);
    const std::uint32_t low = stand_in_at(scalar, i + 3);
    if (is_within(high, kStandIns, kHalf) && is_within(low, kLowStandIns, kHalf)) {
      append_utf8(result, 0x10000U + (high - kStandIns) * kHalf + (low - kLowStandIns));
      i += 6;
      continue;
    }
    // In a text without double quotes an escape is just letters, which were replaced too.
    const std::uint32_t letters = escape_at(scalar, i);
    if (is_within(letters, kStandIns, 2 * kHalf)) {
      std::string original(scalar.substr(i, kUnicodeEscape));
      write_escape(original, 0, letters - kStandIns + kSurrogates);
      result += original;
      i += kUnicodeEscape;
      continue;
    }
    result += scalar[i++];
  }
  return result;
}

}  // namespace defenderd
