#pragma once
// The same arrows for the link lists: a folder's library links only what its code may include, and
// each header is in the set that CMake compiles alone.

#include <string>
#include <string_view>
#include <vector>

#include "layering/source_rules.h"

namespace layering {

// `text` is the CMakeLists.txt of daemon/<folder>, `headers` the names of its headers.
[[nodiscard]] std::vector<Violation> check_cmake(std::string_view folder, std::string_view text,
                                                 const std::vector<std::string>& headers);

}  // namespace layering
