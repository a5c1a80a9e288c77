// What the controller makes of bulk observation.
//
// It is believed only where it shows a subscription as declared, each declared extension by name,
// and nothing better is known of it.
// Then that subscription is looked at directly once in the full interval; every other one as if
// there was no bulk observation. What it shows otherwise makes the subscription due for a direct
// look, once for each thing that it shows: a store that lags goes on showing a drift that was
// corrected long ago.

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "core/decide.h"
#include "core/diff.h"
#include "reconcile/controller.h"
#include "reconcile/fingerprint.h"

namespace defenderd {
namespace {

// What was shown, as a number. Nothing, or nothing that makes sense, is shown as well.
std::uint64_t shown(const BulkPlan* plan) {
  if (plan == nullptr) return 0;
  return plan->pricing ? fingerprint(*plan->pricing) : 1;
}

}  // namespace

// What no worker may take up before it was told what bulk observation had shown.
class Controller::Held {
 public:
  explicit Held(WorkQueue& queue) : queue_(queue) {}
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() {
    for (const auto& [id, due] : held_) queue_.done(id, due);
  }

  // When it was due; nullopt when a worker has it.
  std::optional<SteadyTime> take(SubscriptionId id) {
    const auto due = queue_.hold(id);
    if (due) held_.emplace_back(id, *due);
    return due;
  }

 private:
  WorkQueue& queue_;
  std::vector<std::pair<SubscriptionId, SteadyTime>> held_;
};

std::vector<BulkBatch> Controller::bulk_batches(std::size_t size) const {
  std::map<Lane, std::vector<SubscriptionId>> lanes;
  {
    const std::scoped_lock lock(mutex_);
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
  Held held(queue_);
  std::vector<SubscriptionId> attempted;
  {
    const std::scoped_lock lock(mutex_);
    for (const SubscriptionId id : batch.ids) {
      const auto found = entries_.find(id);
      // One that a worker holds is being looked at by something better.
      if (found == entries_.end() || working_.contains(id)) continue;
      const auto row = rows.find(id);
      if (take_bulk(found->second, row == rows.end() ? nullptr : row->second, held, seen))
        attempted.push_back(id);
    }
  }
  if (listener_.bulk_seen) listener_.bulk_seen(seen);
  bool sweep_completed = false;
  {
    const std::scoped_lock lock(mutex_);
    for (const SubscriptionId id : attempted) {
      const auto found = entries_.find(id);
      if (found == entries_.end()) continue;
      sweep_completed = sweep_.attempted(found->second.sweep, seen.at) || sweep_completed;
    }
  }
  if (sweep_completed && listener_.sweep_completed) listener_.sweep_completed(seen.at);
}

bool Controller::take_bulk(Entry& entry, BulkPlan* plan, Held& held, BulkSeen& seen) {
  const DesiredSubscription& desired = *entry.desired;
  const bool first = entry.before.state == State::Unknown;
  const bool as_declared = plan != nullptr && plan->pricing && shows_all(desired, *plan->pricing) &&
                           diff(desired, *plan->pricing).empty();
  const bool nothing_better =
      entry.before.unproven.empty() && !entry.waiting_since &&
      (first ? !is_suspended(desired, seen.at) : entry.before.state == State::InSync);
  entry.covered = as_declared && nothing_better;
  if (!entry.covered) {
    // One of which something better is known has a schedule that is no slower.
    const std::uint64_t doubt = shown(plan);
    if (!nothing_better || entry.doubt == doubt) return false;
    entry.doubt = doubt;
    queue_.make_due(desired.id, desired.tenant, clock_.steady_now(), Share::Scheduled);
    seen.doubts.push_back(desired.id);
    return false;
  }
  entry.doubt.reset();
  if (!first) {
    seen.again.push_back(desired.id);
    return true;
  }
  const auto due = held.take(desired.id);
  if (!due) return false;  // a worker has just taken it
  Outcome outcome;
  outcome.desired = desired;
  outcome.observed = std::move(plan->pricing);
  conclude(outcome, entry.before, seen.at);
  entry.before = {outcome.state, outcome.reason, outcome.message, {}};
  const Duration wait = *due - clock_.steady_now();
  seen.first.push_back(
      {std::move(outcome), seen.at + std::chrono::duration_cast<WallTime::duration>(wait)});
  return true;
}

void Controller::bulk_failed(const BulkBatch& batch) {
  const SteadyTime now = clock_.steady_now();
  const std::scoped_lock lock(mutex_);
  for (const SubscriptionId id : batch.ids) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) continue;
    Entry& entry = found->second;
    const bool was_covered = std::exchange(entry.covered, false);
    if (entry.before.state == State::Unknown && !entry.looked_at) {
      queue_.make_due(id, batch.lane, now, Share::Scheduled);
    } else if (was_covered) {
      queue_.add(id, batch.lane, now + scaled(schedule_.interval, unit_()));
    }
  }
}

bool Controller::distrusts_bulk() const {
  const std::scoped_lock lock(mutex_);
  return trust_.distrusted(clock_.steady_now());
}

std::optional<BulkDisagreement> Controller::check_trust(Entry& entry, const Outcome& outcome,
                                                        SteadyTime now) {
  if (!entry.covered || !outcome.observed || !schedule_.full_interval) return std::nullopt;
  // What differed when the look began has a change.
  const bool agreed = outcome.changes.empty() && outcome.drift_left.empty();
  const auto distrusted_for = trust_.looked(agreed, *schedule_.full_interval, now);
  if (agreed) return std::nullopt;
  return BulkDisagreement{!std::exchange(entry.disagreed, true), distrusted_for};
}

}  // namespace defenderd
