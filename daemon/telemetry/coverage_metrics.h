#pragma once
// The metrics of the coverage: what is in sight and not kept, and when that was last known.

#include "telemetry/coverage_board.h"
#include "telemetry/exposition.h"

namespace defenderd {

void write_coverage_metrics(Exposition& out, const CoverageSnapshot& coverage);

}  // namespace defenderd
