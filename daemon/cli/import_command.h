#pragma once
// `defenderd import`: what is in Azure now, as a desired state.

#include "cli/options.h"

namespace defenderd {

// Exit code: 0, or 2 on an error, which is on stderr then.
[[nodiscard]] int import_subscriptions(const CommandLine& line);

}  // namespace defenderd
