#pragma once
// From YAML text to the settings. config/README.md documents the format.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "desired/problem.h"
#include "desired/settings.h"

namespace defenderd {

// The settings, or every problem in the order of the lines. `file` is the name in problems. Any
// thread; time and memory are bounded by the size of the text.
[[nodiscard]] Result<Settings, std::vector<Problem>> read_settings(std::string_view text,
                                                                   std::string file);

}  // namespace defenderd
