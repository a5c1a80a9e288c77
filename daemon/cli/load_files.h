#pragma once
// The two files, for commands that run once.

#include <optional>

#include "cli/options.h"
#include "cli/process.h"
#include "desired/config.h"

namespace defenderd {

// nullopt: they are not good, or a signal came while they were waited for; stderr says so, and what
// is odd about them.
[[nodiscard]] std::optional<Config::Loaded> load_files(const CommandLine& line,
                                                       const SignalSet& signals);

}  // namespace defenderd
