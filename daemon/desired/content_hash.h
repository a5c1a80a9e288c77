#pragma once
// Identifies a content: equal hashes mean equal files.

#include <string>
#include <string_view>
#include <vector>

namespace defenderd {

// The first 16 hexadecimal digits of a SHA-256 over `parts` and their borders.
[[nodiscard]] std::string content_hash(const std::vector<std::string_view>& parts);

}  // namespace defenderd
