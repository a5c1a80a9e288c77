#pragma once
// The settings that a running daemon cannot apply: the log, the server, the files that are open,
// and how Azure is reached.

#include <string>
#include <vector>

#include "desired/settings.h"

namespace defenderd {

// The keys of settings that differ and need a restart. `running` are those of the start.
[[nodiscard]] std::vector<std::string> needing_restart(const Settings& running, Settings edited);

// The edited settings, but those that need a restart as they are in `running`.
[[nodiscard]] Settings without_restart(const Settings& running, Settings edited);

// The edited settings, but those that only a new process takes as they are in `started`: a
// hand-over from one replica to another creates all parts anew, except for what outlives them.
[[nodiscard]] Settings after_hand_over(const Settings& started, Settings edited);

}  // namespace defenderd
