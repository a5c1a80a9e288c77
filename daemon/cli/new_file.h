#pragma once
// Writes a file completely or not at all, and never overwrites one.

#include <string>
#include <string_view>

#include "base/result.h"

namespace defenderd {

// The Error says what to fix; no part of the file is left behind.
[[nodiscard]] Result<Done> write_new_file(const std::string& path, std::string_view text);

}  // namespace defenderd
