#pragma once
// The options of `report`.

#include "cli/options.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace defenderd {

void add_report(CLI::App& app, CommandLine& line);

}  // namespace defenderd
