#include "base/hex.h"

#include <cstddef>

#include "base/letters.h"

namespace defenderd {
namespace {

constexpr std::array<std::size_t, 5> kGroups{4, 2, 2, 2, 6};  // of a GUID, in bytes

void append_hex(std::string& text, std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) {
    text += kHexDigits[byte >> 4U];
    text += kHexDigits[byte & 0x0FU];
  }
}

bool is_dash_position(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

std::string hex_of(std::span<const std::uint8_t> bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  append_hex(text, bytes);
  return text;
}

std::string guid_text(const std::array<std::uint8_t, 16>& bytes) {
  std::string text;
  text.reserve(36);
  std::span<const std::uint8_t> rest = bytes;
  for (const std::size_t size : kGroups) {
    if (!text.empty()) text += '-';
    append_hex(text, rest.first(size));
    rest = rest.subspan(size);
  }
  return text;
}

std::optional<std::array<std::uint8_t, 16>> parse_guid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash_position(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int digit = hex_value(text[i]);
    if (digit < 0) return std::nullopt;
    std::uint8_t& byte = bytes[digits / 2];
    byte = static_cast<std::uint8_t>((static_cast<unsigned>(byte) << 4U) |
                                     static_cast<unsigned>(digit));
    ++digits;
  }
  return bytes;
}

}  // namespace defenderd
