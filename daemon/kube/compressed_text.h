#pragma once
// A text as the binaryData of a ConfigMap has it: in the gzip format, in base64.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace defenderd {

// "" on failure.
[[nodiscard]] std::string compressed_text(std::string_view text);

// nullopt if it is not one, or if it is longer than `max_bytes`.
[[nodiscard]] std::optional<std::string> expanded_text(std::string_view compressed,
                                                       std::size_t max_bytes);

}  // namespace defenderd
