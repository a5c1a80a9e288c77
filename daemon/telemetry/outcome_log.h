#pragma once
// Turns outcomes into log lines: one for each applied change, and one when a failure or a withheld
// change starts, changes or ends. Nothing is logged while nothing changes, so a failure that lasts
// a night does not fill a disk. What concerns many subscriptions for one cause is logged as one: a
// failure as an incident, anything else with a count at the end of the sweep.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"
#include "core/desired_state.h"
#include "core/outcome.h"
#include "telemetry/alike_lines.h"
#include "telemetry/incidents.h"
#include "telemetry/log.h"
#include "telemetry/suspension_warnings.h"

namespace defenderd {

// "withheld ObserveMode": a change that keeps this has been reported.
[[nodiscard]] std::string trouble_text(const Change& change);

// What a completed sweep had observed.
enum class SweepOf {
  Entries,  // scopes were not resolved yet
  Listed,   // all but what lists have that could not be read
  Fleet,    // all of it
};

// Thread-safe.
class OutcomeLog {
 public:
  // Both outlive it.
  OutcomeLog(Logger& log, Incidents& incidents) : log_(log), incidents_(incidents) {}

  void record(const Outcome& outcome);

  // Warns once of a suspension that expires within a day of `now`.
  void warn_of_suspension_end(const DesiredSubscription& desired, WallTime now);

  // Every declared subscription was attempted: reports the numbers of what had no line of its own.
  void sweep_completed(SweepOf of);

  // What was reported of a subscription before a restart and lasted then. A change that still is
  // not applied for the same reason has no line again. What has ended since is logged at the first
  // outcome that shows it.
  struct Trouble {
    std::optional<Reason> failed_for = {};
    std::map<Field, std::string> changes = {};  // not applied: trouble_text()
  };
  using Earlier = std::unordered_map<SubscriptionId, Trouble>;
  void recall(Earlier earlier);

  // Forgets subscriptions that are no longer declared.
  void keep_only(const DesiredState& desired);

 private:
  // What was logged for a subscription and still lasts.
  struct Logged {
    std::string failure;                    // its class: reason, status and code; "" is none
    std::map<Field, std::string> troubles;  // of changes not applied: trouble_text()
    std::set<Field> passing = {};           // that wait for the fleet: they have no line yet
    std::set<Field> of_failure = {};        // of the troubles: the line about the failure has them
    std::uint64_t repeated = 0;             // failures since then that were not logged
    bool failure_has_line = false;          // false: an incident's lines stand for it
    // Ended while something else was wrong: logged as recovered once nothing is.
    bool owes_recovery = false;
    std::set<Field> owed = {};
    [[nodiscard]] bool is_over() const {
      return failure.empty() && troubles.empty() && passing.empty() && !owes_recovery &&
             owed.empty();
    }
  };

  // The lines are logged once the lock is released.
  void report(const Outcome& outcome, LogLines& lines) REQUIRES(mutex_);
  // Whether changes that the line about the failure is to name have no such line yet.
  bool report_changes(const Outcome& outcome, Logged& logged, LogLines& lines) REQUIRES(mutex_);
  void report_change(const Outcome& outcome, const Change& change, LogLines& lines)
      REQUIRES(mutex_);
  void report_failure(const Outcome& outcome, bool has_news, Logged& logged, LogLines& lines)
      REQUIRES(mutex_);
  void end_failure(SubscriptionId id, Logged& logged, LogLines& lines) REQUIRES(mutex_);
  // Whether there was something to take.
  bool take_earlier(SubscriptionId id, Logged& logged) REQUIRES(mutex_);
  void end_recalled_incidents(LogLines& lines) REQUIRES(mutex_);
  void report_recovery(const Outcome& outcome, Logged& logged, LogLines& lines) REQUIRES(mutex_);

  Logger& log_;
  Incidents& incidents_;
  Mutex mutex_;  // never held while something is logged
  std::unordered_map<SubscriptionId, Logged> logged_ GUARDED_BY(mutex_);
  Earlier earlier_ GUARDED_BY(mutex_);  // of those not observed yet
  // Those of them that failed and are declared: they will be observed.
  std::map<Reason, std::unordered_set<SubscriptionId>> to_come_ GUARDED_BY(mutex_);
  SweepOf swept_ GUARDED_BY(mutex_) = SweepOf::Entries;
  AlikeLines alike_ GUARDED_BY(mutex_);
  SuspensionWarnings suspensions_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
