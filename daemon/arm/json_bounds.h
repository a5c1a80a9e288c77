#pragma once
// A look at JSON text before it is parsed.

#include <string_view>

namespace defenderd {

// False when arrays and objects nest deeper than any answer of Azure does: a parser that builds a
// tree of it would spend memory and stack on rubbish.
[[nodiscard]] bool is_shallow_json(std::string_view text);

}  // namespace defenderd
