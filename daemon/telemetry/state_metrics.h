#pragma once
// The metrics of the fleet's state, computed from the board at each scrape.

#include "telemetry/exposition.h"
#include "telemetry/status_board.h"

namespace defenderd {

// Without `per_subscription`, only the sums over the fleet.
void write_state_metrics(Exposition& out, const StatusSnapshot& snapshot, WallTime now,
                         bool per_subscription);

}  // namespace defenderd
