#pragma once
// The only place where a fleet is declared, by an edit of the files or by what scopes cover.
//
// The order is fixed. The journal comes first, so that what follows is recorded under the new hash;
// then the safety, so that nothing new is written before it is judged; then the board, the
// controller and the sweeper, so that whatever is worked on is also shown.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "core/desired_state.h"
#include "desired/settings.h"
#include "reconcile/bulk_sweeper.h"
#include "reconcile/controller.h"
#include "reconcile/safety.h"
#include "telemetry/coverage_board.h"
#include "telemetry/departures.h"
#include "telemetry/journal.h"
#include "telemetry/log.h"
#include "telemetry/outcome_log.h"
#include "telemetry/status_board.h"

namespace defenderd {

// Thread-safe.
class DeclaredFleet {
 public:
  // All outlive it.
  struct Parts {
    Journal& journal;
    Safety& safety;
    StatusBoard& board;
    Controller& controller;
    BulkSweeper& sweeper;
    OutcomeLog& outcome_log;
    Departures& departures;
    Logger& log;
    const Clock& clock;
    const CoverageBoard& coverage;
  };
  DeclaredFleet(const Parts& parts, Settings settings);

  // Replaces what is declared, by entries and scopes together.
  void declare(const DesiredState& fleet);

  // Runs `take_effect`, which declares what the files say now, and reports which subscriptions this
  // removed from the desired state.
  void edit(const std::function<void()>& take_effect);

  // New settings may turn the warning about the request budget on or off.
  void apply(const Settings& settings);

 private:
  [[nodiscard]] std::vector<Declaration> declared() const;
  void record_edit(const DesiredState& fleet, const Controller::Edit& edit) REQUIRES(mutex_);
  void report_returned(std::size_t count) const;
  void warn_of_budget(const std::vector<Declaration>& declared) REQUIRES(mutex_);

  const Parts parts_;

  Mutex mutex_;  // one declaration at a time; no probe and no handler takes it
  Settings settings_ GUARDED_BY(mutex_);
  std::optional<std::string> hash_ GUARDED_BY(mutex_);  // of the files, as last declared
  std::string budget_warning_ GUARDED_BY(mutex_);       // as last logged
};

}  // namespace defenderd
