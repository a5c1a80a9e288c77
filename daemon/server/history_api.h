#pragma once
// GET /api/v1/history: the fleet over the last days.

#include <vector>

#include "base/clock.h"
#include "server/http.h"
#include "telemetry/event_history.h"
#include "telemetry/incidents.h"
#include "telemetry/share_history.h"

namespace defenderd {

// Of up to 30 days.
struct FleetHistory {
  std::vector<ShareSample> shares = {};  // the oldest first
  EventHistory::Memory events = {};
  std::vector<Incident> active = {};      // the oldest first
  std::vector<EndedIncident> ended = {};  // the first that ended first
};

// `days`: 7, by the hour, or 30, by six hours.
[[nodiscard]] Response api_history(const FleetHistory& history, const Request& request,
                                   WallTime now);

}  // namespace defenderd
