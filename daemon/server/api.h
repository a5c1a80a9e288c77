#pragma once
// The JSON API: the board and the daemon's own state as deploy/openapi.yaml describes them.

#include "base/clock.h"
#include "server/http.h"
#include "telemetry/status_board.h"

namespace defenderd {

struct DaemonStatus;

[[nodiscard]] Response api_status(const StatusSnapshot& snapshot, const DaemonStatus& daemon,
                                  WallTime now, bool lifecycle);

// Filter `q` (text), `state` (one or more, by comma) and `since` (a board's revision), `limit` and
// `offset`; worst first.
[[nodiscard]] Response api_subscriptions(const StatusSnapshot& snapshot, const Request& request);

// Request::tail is the id.
[[nodiscard]] Response api_subscription(const StatusBoard& board, const Request& request);

}  // namespace defenderd
