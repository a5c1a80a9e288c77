#pragma once
// A look at JSON text before it is parsed.

#include <cstddef>
#include <string_view>

namespace defenderd {

// False when arrays and objects nest deeper than any answer of Azure does, or hold more values than
// that: a parser that builds a tree would spend stack and memory on rubbish. A value of two letters
// takes a hundred bytes in a tree.
[[nodiscard]] bool is_shallow_json(std::string_view text, std::size_t max_values = 50'000);

}  // namespace defenderd
