#pragma once
// `defenderd diff` and `defenderd findings`: one sweep that writes nothing.

#include "cli/options.h"

namespace defenderd {

// Returns the exit code (sweep_counts.h). Errors are printed on stderr.
[[nodiscard]] int show_plan(const CommandLine& line);

}  // namespace defenderd
