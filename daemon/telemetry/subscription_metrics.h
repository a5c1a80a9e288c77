#pragma once
// The metrics of each subscription, computed from the board at each scrape.

#include "base/subscription_series.h"
#include "telemetry/exposition.h"
#include "telemetry/findings_board.h"
#include "telemetry/status_board.h"

namespace defenderd {

// `series` is All or Different. A subscription has all of its series or none. With Different it has
// them while its state is not in_sync, or while it has a finding that is not accepted. One that
// this run has not observed yet has them only if it differed before: otherwise each restart would
// create the series of the whole fleet.
void write_subscription_metrics(Exposition& out, const StatusSnapshot& snapshot,
                                const FindingsSnapshot& findings, SubscriptionSeries series);

}  // namespace defenderd
