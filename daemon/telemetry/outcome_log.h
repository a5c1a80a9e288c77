#pragma once
// Turns outcomes into log lines: one for each applied change, and one when a failure or a withheld
// change starts, changes or ends. Nothing is logged while nothing changes, so a failure that lasts
// a night does not fill a disk.

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/mutex.h"
#include "core/desired_state.h"
#include "core/outcome.h"
#include "telemetry/log.h"

namespace defenderd {

// Thread-safe.
class OutcomeLog {
 public:
  // `log` must outlive it.
  explicit OutcomeLog(Logger& log) : log_(log) {}

  void record(const Outcome& outcome);

  // Warns once of a suspension that expires within a day of `now`.
  void warn_of_suspension_end(const DesiredSubscription& desired, WallTime now);

  // Forgets subscriptions that are no longer declared.
  void keep_only(const DesiredState& desired);

 private:
  // What was logged for a subscription and still lasts.
  struct Logged {
    std::string failure;                    // its class: reason, status and code; "" is none
    std::map<Field, std::string> troubles;  // field -> result and reason of a change not applied
    std::uint64_t repeated = 0;             // failures since then that were not logged
  };

  // The lines are logged once the lock is released.
  void report(const Outcome& outcome, LogLines& lines) REQUIRES(mutex_);
  static void report_changes(const Outcome& outcome, Logged& logged, LogLines& lines);
  static void report_failure(const Outcome& outcome, Logged& logged, LogLines& lines);
  static void report_change(const Outcome& outcome, const Change& change, LogLines& lines);

  Logger& log_;
  Mutex mutex_;  // never held while something is logged
  std::unordered_map<SubscriptionId, Logged> logged_ GUARDED_BY(mutex_);
  // Of suspensions.
  std::unordered_map<SubscriptionId, WallTime> ends_logged_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
