#pragma once
// The commands, from the command line to the exit code.

#include "cli/options.h"

namespace defenderd {

// Exit codes: 0 success, 1 not everything is as declared, 2 error.
[[nodiscard]] int execute(const CommandLine& line);

}  // namespace defenderd
