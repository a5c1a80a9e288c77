#pragma once
// `defenderd apply`: shows the plan, asks, and writes what was shown.

#include <string>

#include "cli/fleet_sweep.h"
#include "cli/options.h"

namespace defenderd {

// Returns the exit code (sweep_counts.h). Errors are printed on stderr.
[[nodiscard]] int apply(const CommandLine& line);

// The command that confirms what is held, or the line of the settings if only a daemon may
// (`by_daemon`); "" if nothing is held.
[[nodiscard]] std::string confirming(const CommandLine& line, const SweepResult& result,
                                     bool by_daemon);

// Of the subscriptions with a plan, the first `max` are written, and the others are marked.
// Returns those to write, in the order of the desired state.
[[nodiscard]] std::vector<SubscriptionId> limit(SweepResult& result,
                                                std::optional<std::size_t> max);

}  // namespace defenderd
