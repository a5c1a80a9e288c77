#pragma once
// The metrics of the coverage: unmanaged subscriptions, and when they were last listed.

#include "telemetry/coverage_board.h"
#include "telemetry/exposition.h"

namespace defenderd {

void write_coverage_metrics(Exposition& out, const CoverageSnapshot& coverage, WallTime now);

}  // namespace defenderd
