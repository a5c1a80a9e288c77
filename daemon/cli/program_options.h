#pragma once
// The options of the commands that are about the program itself.

#include "cli/options.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace defenderd {

void add_help(CLI::App& app, CommandLine& line);
void add_completion(CLI::App& app, CommandLine& line);
void add_schema(CLI::App& app, CommandLine& line);
// Hidden: the build makes the manual page with it.
void add_man(CLI::App& app);

}  // namespace defenderd
