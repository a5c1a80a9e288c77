#pragma once
// The options of `check`, and those of `diff` that compare files.

#include <string>

#include "cli/options.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace defenderd {

void add_check(CLI::App& app, CommandLine& line);

// --from, and -o with a form for it. --observe, --only and --owner must be there already.
void add_from(CLI::App& diff, CommandLine& line);

// Why diff has not this -o; "" if it has.
[[nodiscard]] std::string problem_of_form(const CommandLine& line, bool is_diff);

}  // namespace defenderd
