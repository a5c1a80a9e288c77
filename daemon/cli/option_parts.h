#pragma once
// Options that several commands have.

#include <string>

#include "cli/options.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace defenderd {

void add_files(CLI::App& command, CommandLine& line);  // --config and --desired
void add_output(CLI::App& command, CommandLine& line, const std::string& what);
void add_observe(CLI::App& command, CommandLine& line, const char* help);

}  // namespace defenderd
