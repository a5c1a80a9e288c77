#pragma once
// The metrics of the fleet's state, computed from the board at each scrape.

#include "telemetry/exposition.h"
#include "telemetry/status_board.h"

namespace defenderd {

// The sums over the fleet.
void write_state_metrics(Exposition& out, const StatusSnapshot& snapshot, WallTime now);

}  // namespace defenderd
