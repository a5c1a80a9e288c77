#pragma once
// Bytes as lower-case hexadecimal digits.

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace defenderd {

[[nodiscard]] std::string hex_of(std::span<const std::uint8_t> bytes);

// With the dashes of a GUID: 8-4-4-4-12 digits.
[[nodiscard]] std::string guid_text(const std::array<std::uint8_t, 16>& bytes);

}  // namespace defenderd
