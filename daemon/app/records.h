#pragma once
// What the daemon records about itself and the fleet: log, boards, metrics, history and journal, in
// the order in which they depend on each other.

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/heartbeat.h"
#include "base/result.h"
#include "desired/settings.h"
#include "telemetry/change_feed.h"
#include "telemetry/coverage_board.h"
#include "telemetry/departures.h"
#include "telemetry/event_history.h"
#include "telemetry/findings_board.h"
#include "telemetry/history.h"
#include "telemetry/incidents.h"
#include "telemetry/journal.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "telemetry/outcome_log.h"
#include "telemetry/outlet.h"
#include "telemetry/share_history.h"
#include "telemetry/status_board.h"

namespace defenderd {

// Each part is thread-safe. Nothing here is moved once others refer to it.
struct Records {
  // `clock` outlives it.
  Records(const Settings& settings, const Clock& clock);
  Records(const Records&) = delete;
  Records& operator=(const Records&) = delete;
  ~Records() = default;

  // Opens the journal that the settings name, and recalls the histories from it. The Error says
  // what to fix. Call once, before anyone uses `journal`. `replica`: who writes it, of several.
  [[nodiscard]] Result<Done> open_journal(const Settings& settings, const Clock& clock,
                                          const std::string& replica = {});

  Heartbeats heartbeats;  // of all threads
  const StandardOutlets outlets;
  Logger log;
  StatusBoard board;
  CoverageBoard coverage;
  FindingsBoard findings;
  Departures departures;
  ShareHistory shares;
  Metrics metrics;
  Incidents incidents;
  OutcomeLog outcome_log;
  History history;
  ChangeFeed changes;
  EventHistory events;
  std::unique_ptr<Journal> journal;
};

}  // namespace defenderd
