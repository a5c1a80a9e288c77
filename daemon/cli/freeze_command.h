#pragma once
// `defenderd freeze` and `defenderd thaw`: stop all writes of a running daemon, and let it go on.

#include "cli/options.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace defenderd {

void add_freeze(CLI::App& app, CommandLine& line);
void add_thaw(CLI::App& app, CommandLine& line);

// Exit code: 0 done (stdout has the daemon's answer), 1 refused by the daemon, 2 bad usage, bad
// settings, or no answer.
[[nodiscard]] int freeze_daemon(const CommandLine& line);
[[nodiscard]] int thaw_daemon(const CommandLine& line);

}  // namespace defenderd
