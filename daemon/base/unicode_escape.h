#pragma once
// The escape \uXXXX of JSON and YAML: one code unit of UTF-16.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/letters.h"

namespace defenderd {

inline constexpr std::size_t kUnicodeEscape = 6;  // letters

// The code unit of the escape at `at`; nullopt: there is none.
inline std::optional<std::uint32_t> escaped_unit(std::string_view text, std::size_t at) {
  if (text.size() < at + kUnicodeEscape || text[at] != '\\' || text[at + 1] != 'u')
    return std::nullopt;
  std::uint32_t unit = 0;
  for (std::size_t i = at + 2; i < at + kUnicodeEscape; ++i) {
    const int digit = hex_value(text[i]);
    if (digit < 0) return std::nullopt;
    unit = unit * 16 + static_cast<std::uint32_t>(digit);
  }
  return unit;
}

}  // namespace defenderd
