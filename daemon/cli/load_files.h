#pragma once
// Loads the two files, for commands that run once.

#include <optional>

#include "cli/options.h"
#include "cli/process.h"
#include "desired/config.h"

namespace defenderd {

// nullopt: they are bad, or a signal came while waiting for them. Errors and warnings are printed
// on stderr.
[[nodiscard]] std::optional<Config::Loaded> load_files(const CommandLine& line,
                                                       const SignalSet& signals);

}  // namespace defenderd
