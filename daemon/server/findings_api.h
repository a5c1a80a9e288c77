#pragma once
// GET /api/v1/findings, and the members about findings of one subscription.

#include "base/json_writer.h"
#include "core/ids.h"
#include "server/http.h"
#include "telemetry/findings_board.h"

namespace defenderd {

// Filter `q` (text), `finding` (one or more, by comma) and `accepted` (true or false), `limit` and
// `offset`; those that are not accepted come first, the newest first.
[[nodiscard]] Response api_findings(const FindingsSnapshot& findings, const Request& request);

// Members `findings` and `aiAccounts`.
void write_findings_of(JsonWriter& json, const FindingsBoard& board, SubscriptionId id);

}  // namespace defenderd
