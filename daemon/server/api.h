#pragma once
// The JSON API: the board and the daemon's own state as deploy/openapi.json describes them.

#include <functional>
#include <vector>

#include "base/clock.h"
#include "core/ids.h"
#include "server/http.h"
#include "telemetry/findings_board.h"
#include "telemetry/journal_line.h"
#include "telemetry/status_board.h"

namespace defenderd {

struct DaemonStatus;

[[nodiscard]] Response api_status(const StatusSnapshot& snapshot, const DaemonStatus& daemon,
                                  WallTime now, bool lifecycle);

// Filter `q` (text), `state` (one or more, by comma) and `since` (a board's revision), `limit` and
// `offset`; worst first.
[[nodiscard]] Response api_subscriptions(const StatusSnapshot& snapshot, const Request& request);

// Request::tail is the id. `history` returns its last journal lines, newest first.
[[nodiscard]] Response api_subscription(
    const StatusBoard& board, const FindingsBoard& findings,
    const std::function<std::vector<JournalLine>(SubscriptionId)>& history, const Request& request);

}  // namespace defenderd
