// How the controller uses bulk observation.
//
// It is trusted only if it shows a subscription as declared, with each declared extension by name,
// and nothing more recent is known. Such a subscription is read directly once per full interval;
// all others as if there were no bulk observation. A row that shows anything else makes its
// subscription due for a direct read, but only once for the same content: a store that lags keeps
// showing drift that was corrected long ago.

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "reconcile/bulk_verdict.h"
#include "reconcile/controller.h"

namespace defenderd {

// Subscriptions that no worker may take before the listener has returned.
class Controller::Claims {
 public:
  explicit Claims(WorkQueue& queue) : queue_(queue) {}
  Claims(const Claims&) = delete;
  Claims& operator=(const Claims&) = delete;
  ~Claims() {
    for (const auto& [id, due] : claimed_) queue_.done(id, due);
  }

  // Returns when it was due; nullopt: a worker has it.
  std::optional<SteadyTime> take(SubscriptionId id) {
    const auto due = queue_.claim(id);
    if (due) claimed_.emplace_back(id, *due);
    return due;
  }

 private:
  WorkQueue& queue_;
  std::vector<std::pair<SubscriptionId, SteadyTime>> claimed_;
};

std::vector<BulkBatch> Controller::bulk_batches(std::size_t size) const {
  std::map<Lane, std::vector<SubscriptionId>> lanes;
  {
    const MutexLock lock(mutex_);
    for (const auto& [id, entry] : entries_) lanes[entry.desired->tenant].push_back(id);
  }
  std::vector<BulkBatch> batches;
  for (auto& [lane, ids] : lanes) {
    std::sort(ids.begin(), ids.end());
    for (auto from = ids.begin(); from != ids.end();) {
      const auto left = static_cast<std::size_t>(ids.end() - from);
      const auto to = from + static_cast<std::ptrdiff_t>(std::min(left, size));
      batches.push_back({lane, {from, to}});
      from = to;
    }
  }
  return batches;
}

void Controller::bulk_observed(const BulkBatch& batch, std::vector<BulkPlan> plans) {
  std::unordered_map<SubscriptionId, BulkPlan*> rows;
  rows.reserve(plans.size());
  for (BulkPlan& plan : plans) rows.emplace(plan.subscription, &plan);
  BulkSeen seen;
  seen.at = clock_.wall_now();
  Claims claims(queue_);
  std::vector<SubscriptionId> attempted;
  {
    const MutexLock lock(mutex_);
    for (const SubscriptionId id : batch.ids) {
      const auto found = entries_.find(id);
      // A worker is reading it directly, which is better.
      if (found == entries_.end() || working_.contains(id)) continue;
      const auto row = rows.find(id);
      if (take_bulk(found->second, row == rows.end() ? nullptr : row->second, claims, seen))
        attempted.push_back(id);
    }
  }
  notify(listener_.bulk_seen, "reporting what bulk observation showed", listener_.threw, seen);
  bool sweep_completed = false;
  {
    const MutexLock lock(mutex_);
    for (const SubscriptionId id : attempted) {
      const auto found = entries_.find(id);
      if (found == entries_.end()) continue;
      sweep_completed = sweep_.attempted(found->second.sweep, false, seen.at) || sweep_completed;
    }
  }
  if (sweep_completed)
    notify(listener_.sweep_completed, "reporting the end of a sweep", listener_.threw, seen.at);
}

// Returns whether this counts as an attempt: the subscription is trusted to be as declared.
bool Controller::take_bulk(FleetEntry& entry, BulkPlan* plan, Claims& claims, BulkSeen& seen) {
  const DesiredSubscription& desired = *entry.desired;
  entry.vouched = false;
  switch (judge_bulk(entry, plan, seen.at)) {
    case BulkVerdict::KnownBetter:
      return false;
    case BulkVerdict::Doubt:
      entry.doubt = doubt_of(plan);
      queue_.make_due(desired.id, desired.tenant, clock_.steady_now(), Share::Scheduled);
      seen.doubts.push_back(desired.id);
      return false;
    case BulkVerdict::Vouched:
      entry.vouched = true;
      entry.doubt.reset();
      seen.again.push_back(desired.id);
      return true;
    case BulkVerdict::FirstSight:
      entry.vouched = true;
      entry.doubt.reset();
      return take_first_sight(entry, *plan, claims, seen);
  }
  return false;
}

bool Controller::take_first_sight(FleetEntry& entry, BulkPlan& plan, Claims& claims,
                                  BulkSeen& seen) {
  const auto due = claims.take(entry.desired->id);
  if (!due) return false;  // a worker has just taken it
  Outcome outcome;
  outcome.desired = *entry.desired;
  outcome.observed = std::move(plan.pricing);
  conclude(outcome, entry.before, seen.at);
  entry.before = {outcome.state, outcome.reason, outcome.message, {}};
  const Duration wait = *due - clock_.steady_now();
  seen.first.push_back(
      {std::move(outcome), seen.at + std::chrono::duration_cast<WallTime::duration>(wait)});
  return true;
}

void Controller::bulk_failed(const BulkBatch& batch) {
  const SteadyTime now = clock_.steady_now();
  const MutexLock lock(mutex_);
  for (const SubscriptionId id : batch.ids) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) continue;
    FleetEntry& entry = found->second;
    const bool was_vouched = std::exchange(entry.vouched, false);
    if (entry.before.state == State::Unknown && !entry.read_directly) {
      queue_.make_due(id, batch.lane, now, Share::Scheduled);
    } else if (was_vouched) {
      queue_.add(id, batch.lane, now + scaled(schedule_.interval, unit_()));
    }
  }
}

bool Controller::distrusts_bulk() const {
  const MutexLock lock(mutex_);
  return trust_.distrusted(clock_.steady_now());
}

std::optional<BulkDisagreement> Controller::check_trust(FleetEntry& entry, const Outcome& outcome,
                                                        SteadyTime now) {
  if (!entry.vouched || !outcome.observed || !schedule_.full_interval) return std::nullopt;
  // Everything that differed when the read started has a change.
  const bool agreed = outcome.changes.empty() && outcome.drift_left.empty();
  const auto distrusted_for = trust_.note_read(agreed, *schedule_.full_interval, now);
  if (agreed) return std::nullopt;
  return BulkDisagreement{!std::exchange(entry.disagreed, true), distrusted_for};
}

}  // namespace defenderd
