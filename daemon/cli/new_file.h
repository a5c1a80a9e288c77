#pragma once
// A file that is written whole or not at all, and never over another one.

#include <string>
#include <string_view>

#include "base/result.h"

namespace defenderd {

// The Error says what to mend; no part of the file is left behind then.
[[nodiscard]] Result<Done> write_new_file(const std::string& path, std::string_view text);

}  // namespace defenderd
