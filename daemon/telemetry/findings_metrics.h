#pragma once
// The metrics of AI accounts and findings.

#include "telemetry/exposition.h"
#include "telemetry/findings_board.h"

namespace defenderd {

// Without `per_subscription`, only the sums over the fleet.
void write_findings_metrics(Exposition& out, const FindingsSnapshot& findings,
                            bool per_subscription);

}  // namespace defenderd
