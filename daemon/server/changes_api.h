#pragma once
// GET /api/v1/changes: what happened in the whole fleet.

#include "server/http.h"
#include "telemetry/change_feed.h"

namespace defenderd {

// Filter `subscription` (an id) and `event` (one or more, by comma), `limit` and `before` (the
// `next` of an earlier answer); newest first.
[[nodiscard]] Response api_changes(const ChangeFeed::Snapshot& feed, const Request& request);

}  // namespace defenderd
