#pragma once
// Bytes as hexadecimal digits.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace defenderd {

// In lower case.
[[nodiscard]] std::string hex_of(std::span<const std::uint8_t> bytes);

// With the dashes of a GUID: 8-4-4-4-12 digits.
[[nodiscard]] std::string guid_text(const std::array<std::uint8_t, 16>& bytes);
// The bytes of one in either case; nullopt for anything else.
[[nodiscard]] std::optional<std::array<std::uint8_t, 16>> parse_guid(std::string_view text);

}  // namespace defenderd
