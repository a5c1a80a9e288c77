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

}  // namespace defenderd
