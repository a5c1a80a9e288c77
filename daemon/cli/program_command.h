#pragma once
// The commands that print something about the program itself, on standard output.

#include "cli/options.h"

namespace defenderd {

// Each returns the exit code: 0, or 2 if standard output cannot be written.
[[nodiscard]] int print_completion(const CommandLine& line);
[[nodiscard]] int print_schema(const CommandLine& line);
[[nodiscard]] int print_man_page();

}  // namespace defenderd
