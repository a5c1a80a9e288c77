#pragma once
// Checks JSON text before it is parsed.

#include <cstddef>
#include <string_view>

namespace defenderd {

// False if arrays and objects are nested deeper, or contain more values, than any answer of Azure:
// a parser that builds a tree would waste stack and memory on it. A value of two letters takes a
// hundred bytes in a tree.
[[nodiscard]] bool is_shallow_json(std::string_view text, std::size_t max_values = 50'000,
                                   int max_depth = 32);

}  // namespace defenderd
