#pragma once
// `defenderd run`.

#include "cli/options.h"

namespace defenderd {

// Runs the daemon until SIGTERM or SIGINT. SIGHUP reads the files again.
[[nodiscard]] int run_daemon(const CommandLine& line);

}  // namespace defenderd
