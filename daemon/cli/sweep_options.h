#pragma once
// The options of the commands that sweep the fleet once.

#include "cli/options.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace defenderd {

// Each fills `line` when it is parsed.
void add_diff(CLI::App& app, CommandLine& line);
void add_apply(CLI::App& app, CommandLine& line);
void add_findings(CLI::App& app, CommandLine& line);

}  // namespace defenderd
