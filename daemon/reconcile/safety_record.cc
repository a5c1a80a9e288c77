// What the fleet's safety learns from the outcomes of reconciles.

#include <algorithm>

#include "base/mutex.h"
#include "reconcile/change_results.h"
#include "reconcile/fingerprint.h"
#include "reconcile/safety.h"

namespace defenderd {
namespace {

// ARM accepted the write, even if it does not show it.
bool was_accepted(const Change& change) {
  return change.result == ChangeResult::Applied ||
         (change.result == ChangeResult::Failed && change.reason == Reason::ChangeNotApplied);
}

bool was_suspended(const Outcome& outcome) {
  return std::any_of(outcome.changes.begin(), outcome.changes.end(), [](const Change& change) {
    return change.result == ChangeResult::Withheld && change.reason == Reason::Suspended;
  });
}

}  // namespace

void Safety::record(const Outcome& outcome) {
  News news;
  {
    const MutexLock lock(mutex_);
    end_suspensions(news);
    record_changes(outcome);
    const auto known = members_.find(outcome.desired.id);
    if (known != members_.end()) {
      Member& member = known->second;
      contests_.record(outcome, clock_.steady_now());
      if (member.declaration == fingerprint(outcome.desired)) {
        record_observation(outcome, member);
        rollout_.record(outcome, clock_.wall_now());
      }
    }
    evaluate(news);
  }
  publish(news);
}

// The results of the allowed changes are known from now on.
void Safety::record_changes(const Outcome& outcome) {
  std::vector<Drift> applied;
  std::vector<Drift> perhaps;
  const bool maybe_applied = outcome.failure && outcome.failure->maybe_applied;
  for (const Change& change : outcome.changes) {
    if (change.result == ChangeResult::Applied) {
      applied.push_back(change.drift);
    } else if (change.result == ChangeResult::Failed && (maybe_applied || was_accepted(change))) {
      perhaps.push_back(change.drift);
    }
  }
  const SubscriptionId id = outcome.desired.id;
  const SteadyTime now = clock_.steady_now();
  if (outcome.result == ReconcileResult::Panic) {
    brakes_.lost(id, now);
  } else {
    brakes_.finished(id, charges(id, applied), charges(id, perhaps), now);
  }
}

void Safety::record_observation(const Outcome& outcome, Member& member) {
  const SubscriptionId id = outcome.desired.id;
  if (was_suspended(outcome) && !is_suspended(outcome.desired, clock_.wall_now())) {
    return;  // decided before the end of the suspension: it is read again
  }
  if (outcome.observed) {
    std::vector<Drift> left;
    for (const Change& change : outcome.changes) {
      if (is_still_wanted(change)) left.push_back(change.drift);
    }
    brakes_.want(id, charges(id, left));
    member.observed = true;
  }
  // A normal wait observed nothing, but soon will: the fleet waits for it.
  const bool failed =
      outcome.result == ReconcileResult::Failed || outcome.result == ReconcileResult::Panic;
  if (!outcome.observed && !failed) return;
  if (!member.observed && !member.attempted) could_not_read(outcome.desired);
  mark_attempted(member);
}

// A failed read is not an observation: what the subscription may need counts until it is read.
void Safety::could_not_read(const DesiredSubscription& desired) {
  if (withheld({desired, {clock_.wall_now(), unpaused_}})) return;
  brakes_.may_want(desired, clock_.steady_now());
}

}  // namespace defenderd
