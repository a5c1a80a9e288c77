#pragma once
// `defenderd import`: the current state in Azure, as a desired state.

#include "cli/options.h"

namespace defenderd {

// Exit code: 0, or 2 on an error, which is printed on stderr.
[[nodiscard]] int import_subscriptions(const CommandLine& line);

}  // namespace defenderd
