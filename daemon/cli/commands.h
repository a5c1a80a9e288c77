#pragma once
// What each command does, from the command line to the exit code.

#include "cli/options.h"

namespace defenderd {

// Exit codes: 0 as wished, 1 not all is as declared, 2 error.
[[nodiscard]] int execute(const CommandLine& line);

}  // namespace defenderd
