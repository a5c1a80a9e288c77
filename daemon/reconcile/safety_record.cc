// What the fleet's safety learns from what reconciles came to.

#include <iterator>
#include <utility>

#include "reconcile/fingerprint.h"
#include "reconcile/safety.h"

namespace defenderd {
namespace {

// Counted by a brake before, and wanted all the same.
bool is_still_wanted(const Change& change) {
  switch (change.result) {
    case ChangeResult::Planned:
    case ChangeResult::Failed:
      return true;
    case ChangeResult::Withheld:
      return change.reason == Reason::FleetNotObserved || change.reason == Reason::DisableBrake ||
             change.reason == Reason::EnableBrake;
    case ChangeResult::Applied:
      return false;
  }
  return false;
}

// ARM took the write, whether or not the value has stayed since.
bool was_corrected(const Change& change) {
  return change.result == ChangeResult::Applied ||
         (change.result == ChangeResult::Failed && change.reason == Reason::ChangeNotApplied);
}

}  // namespace

void Safety::record(const Outcome& outcome) {
  News news;
  {
    const std::scoped_lock lock(mutex_);
    const auto known = members_.find(outcome.desired.id);
    if (known == members_.end()) return;
    const bool as_declared = known->second.declaration == fingerprint(outcome.desired);
    record_contests(outcome);
    record_changes(outcome, as_declared);
    // A wait that is normal has seen nothing, and soon will: the fleet waits for it.
    const bool failed =
        outcome.result == ReconcileResult::Failed || outcome.result == ReconcileResult::Panic;
    if (as_declared && (outcome.observed || failed)) mark_attempted(known->second);
    news = settle();
  }
  publish(news);
}

void Safety::record_changes(const Outcome& outcome, bool as_declared) {
  std::vector<Drift> left;
  std::vector<Drift> applied;
  std::vector<Drift> perhaps;
  const bool maybe_applied = outcome.failure && outcome.failure->maybe_applied;
  for (const Change& change : outcome.changes) {
    if (is_still_wanted(change)) left.push_back(change.drift);
    if (change.result == ChangeResult::Applied) applied.push_back(change.drift);
    if (change.result == ChangeResult::Failed && maybe_applied) perhaps.push_back(change.drift);
  }
  const SubscriptionId id = outcome.desired.id;
  for (const BrakeKind kind : {BrakeKind::Disable, BrakeKind::Enable}) {
    Brake& counts = brake(kind).counts();
    for (const Field& field : counted(kind, applied)) counts.applied(id, field);
    for (const Field& field : counted(kind, perhaps)) {
      // One that was confirmed stays so until it is known to be done.
      if (!counts.is_confirmed(id, field)) counts.applied(id, field);
    }
  }
  if (as_declared && outcome.observed) want(id, left);
}

void Safety::record_contests(const Outcome& outcome) {
  const SteadyTime now = clock_.steady_now();
  for (const Change& change : outcome.changes) {
    if (!was_corrected(change)) continue;
    contests_[outcome.desired.id][{change.drift.field, change.drift.desired}].corrected(
        now, rules_.contested);
  }
  const auto found = contests_.find(outcome.desired.id);
  if (found == contests_.end() || !outcome.observed) return;
  Contests& contests = found->second;
  for (auto item = contests.begin(); item != contests.end();) {
    const auto& [field, desired] = item->first;
    CorrectionHistory& history = item->second;
    for (const Drift& drift : outcome.drift_left) {
      if (drift.field == field && drift.desired == desired) history.drifted(now, rules_.contested);
    }
    item = history.settled(now, rules_.contested) ? contests.erase(item) : std::next(item);
  }
  if (contests.empty()) contests_.erase(found);
}

}  // namespace defenderd
