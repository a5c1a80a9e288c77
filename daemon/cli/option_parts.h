#pragma once
// Options that several commands have, and what their values may be.

#include <cstddef>
#include <string>
#include <vector>

#include "cli/options.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
class Option;
}  // namespace CLI

namespace defenderd {

// Where the files are if neither an option nor the environment says it.
inline constexpr const char* kUsualConfig = "/etc/defenderd/defenderd.yaml";
inline constexpr const char* kUsualDesired = "/etc/defenderd/subscriptions.yaml";

// -c, --config: `what` says what the command uses the settings for.
void add_config(CLI::App& command, CommandLine& line, const std::string& what = "the settings");
void add_files(CLI::App& command, CommandLine& line);  // --config and --desired
void add_output(CLI::App& command, CommandLine& line, const std::string& what);
void add_output_file(CLI::App& command, CommandLine& line);
void add_observe(CLI::App& command, CommandLine& line, const char* help);

// Values of an option that has few. --help, the completion and errors name them.
void takes_one_of(CLI::Option& option, const std::vector<std::string>& words);
// A whole number within these bounds.
void takes_number(CLI::Option& option, std::size_t least, std::size_t most);

}  // namespace defenderd
