#pragma once
// GET /api/v1/undeclared: the unmanaged subscriptions, and why.

#include "server/http.h"
#include "telemetry/coverage_board.h"

namespace defenderd {

// Filter `q` (text), `limit` and `offset`; those that need action first.
[[nodiscard]] Response api_undeclared(const CoverageSnapshot& coverage, const Request& request);

}  // namespace defenderd
