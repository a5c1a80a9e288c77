#pragma once
// The base64url of JSON Web Tokens: RFC 4648, section 5, without padding.

#include <optional>
#include <string>
#include <string_view>

namespace defenderd {

[[nodiscard]] std::string base64url(std::string_view bytes);

// Also reads the ordinary alphabet, and with padding. nullopt if it is neither.
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);

}  // namespace defenderd
