#pragma once
// Records the outcomes of reconciles, in the order that readers rely on: the journal first, then
// the board, the metrics and the log. Whoever sees a new state on the page also finds its cause in
// the journal.

#include <atomic>
#include <functional>
#include <utility>

#include "app/actor_watch.h"
#include "app/graph_watch.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "core/outcome.h"
#include "reconcile/controller.h"
#include "reconcile/safety.h"
#include "telemetry/departures.h"
#include "telemetry/journal.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "telemetry/outcome_log.h"
#include "telemetry/share_history.h"
#include "telemetry/status_board.h"

namespace defenderd {

// Reports what an edit removed from the desired state, if anything.
void log_departure(const DepartedEdit& edit, Logger& log);

// Thread-safe.
class OutcomeRecorder {
 public:
  // All outlive it.
  struct Parts {
    Journal& journal;
    StatusBoard& board;
    Metrics& metrics;
    OutcomeLog& outcome_log;
    Safety& safety;
    Departures& departures;
    ShareHistory& shares;
    GraphWatch& graph;
    ActorWatch& actors;
    Logger& log;
    const Clock& clock;
    // Whether the scopes were resolved, even with a list that could not be read, or there are none.
    std::function<bool()> fleet_known;
    // Whether nothing of it is missing because a list of subscriptions cannot be read.
    std::function<bool()> fleet_complete;
    // Whether a scope may cover a subscription that is not declared, as long as that is so.
    std::function<bool(SubscriptionId)> may_cover;
  };
  explicit OutcomeRecorder(Parts parts) : parts_(std::move(parts)) {}

  // For the Controller; this object outlives it.
  [[nodiscard]] Controller::Listener listener();

  // Brings the metrics of the brakes up to date. Call after anything that may hold changes back or
  // release them.
  void show_brakes();
  // Call after a fleet is declared, and whenever it is known that nothing of it is missing.
  void declared();
  // Call after each listing of the scopes, once its result is in effect.
  void listed();

 private:
  void reconciled(const Outcome& outcome, const Attempt& attempt);
  void departed(const Outcome& outcome);
  void seen_in_bulk(const BulkSeen& seen);
  void sweep_completed(WallTime now);
  void fleet_swept(WallTime now);
  void end_first_sweep(WallTime now);

  const Parts parts_;

  Mutex brakes_mutex_;  // held from counting to showing, so that the latest count is shown
  std::atomic<bool> swept_before_known_ = false;  // the entries, before the scopes were resolved
  std::atomic<bool> first_sweep_logged_ = false;
};

}  // namespace defenderd
