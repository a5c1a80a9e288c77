#pragma once
// `defenderd check` and `defenderd diff --from`: what the files say, without Azure.

#include "cli/options.h"

namespace defenderd {

// Exit code: 0 valid, 1 valid but something of --against is gone, 2 not valid.
[[nodiscard]] int check_files(const CommandLine& line);

// Exit code: 0 both mean the same, 1 something changes, 2 on an error.
[[nodiscard]] int compare_files(const CommandLine& line);

}  // namespace defenderd
