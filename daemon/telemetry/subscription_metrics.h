#pragma once
// The metrics of each subscription, computed from the board at each scrape.

#include "telemetry/exposition.h"
#include "telemetry/status_board.h"

namespace defenderd {

void write_subscription_metrics(Exposition& out, const StatusSnapshot& snapshot);

}  // namespace defenderd
