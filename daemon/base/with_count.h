#pragma once
// A number with its noun, and the verb that agrees with it.

#include <cstddef>
#include <string>
#include <string_view>

namespace defenderd {

// "1 line", "2 lines"
inline std::string with_count(std::size_t count, std::string_view one, std::string_view many) {
  return std::to_string(count).append(" ").append(count == 1 ? one : many);
}

}  // namespace defenderd
