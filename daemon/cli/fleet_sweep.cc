#include "cli/fleet_sweep.h"

#include <algorithm>
#include <utility>

#include "desired/content_hash.h"

namespace defenderd {
namespace {

// How long, and how often, to wait for a transient failure. For a token, the time of all waits.
constexpr Duration kLongestWait = std::chrono::minutes(1);
constexpr int kMaxAttempts = 3;
// Longer than any sweep, so that a finished subscription does not become due again.
constexpr Duration kNotInThisSweep = std::chrono::hours(24 * 365);

DesiredState without_intervals(DesiredState desired) {
  for (Declaration& declaration : desired.subscriptions) {
    if (!declaration->interval) continue;
    DesiredSubscription changed = *declaration;
    changed.interval.reset();
    declaration = std::move(changed);
  }
  return desired;
}

}  // namespace

FleetSweep::FleetSweep(PlanStore& store, Clock& clock, DesiredState desired, Options options)
    : desired_(without_intervals(std::move(desired))),
      options_(std::move(options)),
      safety_(clock, options_.permit, options_.safety, safety_hooks()),
      reconciler_(store, clock, reconciler_options()),
      controller_(
          reconciler_, clock, options_.gate, [this] { return random_.unit(); },
          {.reconciled = [this](const Outcome& outcome,
                                const Attempt& attempt) { on_reconciled(outcome, attempt); }},
          controller_options()) {
  for (const DesiredSubscription& subscription : desired_.subscriptions) {
    to_come_.insert(subscription.id);
    Outcome& outcome = entries_[subscription.id].swept.outcome;
    outcome.desired = subscription;
    outcome.message = "not observed: stopped before its turn";
  }
}

Safety::Hooks FleetSweep::safety_hooks() {
  Safety::Hooks hooks;
  hooks.hash = [](std::string_view text) { return content_hash({text}); };
  hooks.make_due = [this](const std::vector<SubscriptionId>& ids) { reconcile_again(ids); };
  hooks.report = options_.brake;
  return hooks;
}

Reconciler::Options FleetSweep::reconciler_options() {
  Reconciler::Options options;
  options.permit = options_.permit;
  options.plan_only = options_.plan_only;
  options.safety = [this, check = safety_.check()](const DesiredSubscription& desired,
                                                   const Pricing& observed,
                                                   const std::vector<Drift>& drifts) {
    {
      const MutexLock lock(mutex_);
      again_.erase(desired.id);
    }
    return check(desired, observed, drifts);
  };
  options.about_to_write = options_.about_to_write;
  return options;
}

Controller::Options FleetSweep::controller_options() const {
  const auto fleet = static_cast<int>(std::min<std::size_t>(desired_.subscriptions.size(), 1024));
  const PollSettings& poll = options_.poll;
  return {.workers = std::max(1, std::min(poll.workers, fleet)),
          .schedule = {kNotInThisSweep, 0, poll.retry_min, poll.retry_max}};
}

void FleetSweep::reconcile_again(const std::vector<SubscriptionId>& ids) {
  {
    const MutexLock lock(mutex_);
    to_come_.insert(ids.begin(), ids.end());
    again_.insert(ids.begin(), ids.end());
  }
  for (const SubscriptionId id : ids) controller_.reconcile_now(id);
}

bool FleetSweep::is_final(Entry& entry, const Outcome& outcome, const Attempt& attempt) {
  if (!outcome.failure || outcome.failure->next == NextTry::Slow) return true;
  // The token service refuses one for now, as it does for a new credential. The pause between two
  // requests grows, so attempts say little.
  if (is_token_refused(*outcome.failure)) {
    entry.waited_for_token += attempt.next_in;
    return entry.waited_for_token > kLongestWait;
  }
  return ++entry.attempts >= kMaxAttempts || attempt.next_in > kLongestWait;
}

void FleetSweep::on_reconciled(const Outcome& outcome, const Attempt& attempt) {
  if (through_.stop_requested() && !outcome.observed) return;  // cut off, so it has no result
  if (options_.reconciled) options_.reconciled(outcome);
  safety_.record(outcome);
  std::size_t done = 0;
  {
    const MutexLock lock(mutex_);
    const SubscriptionId id = outcome.desired.id;
    Entry& entry = entries_[id];
    SweptSubscription& swept = entry.swept;
    for (const Change& change : swept.outcome.changes) {
      if (change.result == ChangeResult::Applied) swept.applied.push_back(change);
    }
    swept.outcome = outcome;
    const bool judged_again = !outcome.failure && again_.contains(id);
    if (is_final(entry, outcome, attempt) && !judged_again) to_come_.erase(id);
    done = entries_.size() - to_come_.size();
  }
  if (options_.progress) options_.progress(done, desired_.subscriptions.size());
  if (done == desired_.subscriptions.size()) through_.request_stop();
}

SweepResult FleetSweep::run(const std::stop_token& stop) {
  safety_.set_desired(desired_);
  controller_.set_desired(desired_);
  {
    const std::stop_callback forward(stop, [this] { through_.request_stop(); });
    controller_.run(through_.get_token());
  }
  SweepResult result;
  const MutexLock lock(mutex_);
  result.stopped = !to_come_.empty();
  result.confirm_code = safety_.confirm_code();
  for (const DesiredSubscription& subscription : desired_.subscriptions) {
    result.subscriptions.push_back(std::move(entries_[subscription.id].swept));
  }
  return result;
}

}  // namespace defenderd
