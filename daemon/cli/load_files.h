#pragma once
// Loads the two files, for commands that run once.

#include <optional>
#include <vector>

#include "base/result.h"
#include "cli/options.h"
#include "cli/process.h"
#include "desired/config.h"
#include "desired/problem.h"

namespace defenderd {

// nullopt: they are bad, or a signal came while waiting for them. Errors and warnings are printed
// on stderr.
[[nodiscard]] std::optional<Config::Loaded> load_files(const CommandLine& line,
                                                       const SignalSet& signals,
                                                       const Config::Wanted& wanted = {});

// Of the settings alone. The Error says what is wrong, and, if the usual file is missing, how to
// name another.
[[nodiscard]] Result<Settings> load_settings_of(const CommandLine& line);

// The same, without printing what is wrong with them.
[[nodiscard]] Result<Config::Loaded, std::vector<Problem>> load_quietly(
    const CommandLine& line, const SignalSet& signals, const Config::Wanted& wanted);

}  // namespace defenderd
