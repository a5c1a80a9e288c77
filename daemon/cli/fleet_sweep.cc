#include "cli/fleet_sweep.h"

#include <algorithm>
#include <utility>

#include "desired/content_hash.h"

namespace defenderd {
namespace {

// How long, and how often, to wait for a transient failure. For a token, the time of all waits.
constexpr Duration kLongestWait = std::chrono::minutes(1);
constexpr int kMaxAttempts = 3;
constexpr std::string_view kChangedMeanwhile =
    "it has changed since the plan was shown, so nothing was written to it; run the same command "
    "again to see the new plan";
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

const Change* find(const std::vector<Change>& changes, const Drift& drift) {
  const auto found = std::find_if(changes.begin(), changes.end(),
                                  [&](const Change& change) { return change.drift == drift; });
  return found == changes.end() ? nullptr : &*found;
}

// What is not as it was shown is not written.
SafetyVerdict withheld_from(const std::vector<Drift>& drifts) {
  SafetyVerdict verdict;
  for (const Drift& drift : drifts)
    verdict.withhold(drift.field, {Reason::UpdateInProgress, std::string(kChangedMeanwhile)});
  return verdict;
}

// No connection, or nothing over it.
bool is_silence(const Failure& failure) {
  return failure.http_status == 0 &&
         (failure.reason == Reason::ConnectionFailed || failure.reason == Reason::Timeout);
}

bool waits_for_fleet(const Outcome& outcome) {
  return std::any_of(outcome.changes.begin(), outcome.changes.end(), [](const Change& change) {
    return change.result == ChangeResult::Withheld && change.reason == Reason::FleetNotObserved;
  });
}

}  // namespace

FleetSweep::FleetSweep(PlanStore& store, Clock& clock, DesiredState desired, Options options)
    : clock_(clock),
      desired_(without_intervals(std::move(desired))),
      options_(std::move(options)),
      safety_(clock, options_.permit, options_.safety, safety_hooks()),
      reconciler_(store, clock, reconciler_options()),
      controller_(
          reconciler_, clock, options_.gate, [this] { return random_.unit(); },
          {.reconciled = [this](const Outcome& outcome,
                                const Attempt& attempt) { on_reconciled(outcome, attempt); }},
          controller_options()) {
  reads_all_ = !options_.selected || options_.shown != nullptr;
  for (const DesiredSubscription& subscription : desired_.subscriptions) {
    SweptSubscription& swept = entries_[subscription.id].swept;
    swept.outcome.desired = subscription;
    swept.outcome.message = "not observed: stopped before its turn";
    swept.reached = false;
    swept.selected = is_selected(subscription.id);
    if (swept.selected) to_come_.insert(subscription.id);
  }
  if (options_.shown != nullptr) begin(*options_.shown);
}

// From where the sweep that has shown the plan has ended.
void FleetSweep::begin(const SweepResult& shown) {
  const MutexLock lock(mutex_);
  for (const SweptSubscription& swept : shown.subscriptions) {
    shown_.emplace(swept.outcome.desired.id, &swept);
    entries_.at(swept.outcome.desired.id).swept = swept;
    // Whoever only plans beside a daemon asks the state again: that has written meanwhile.
    if (!options_.plan_only && !swept.outcome.unproven.empty())
      earlier_[swept.outcome.desired.id].unresolved.unproven = swept.outcome.unproven;
  }
}

void FleetSweep::recall(const Controller::Earlier& earlier) {
  for (const auto& [id, open] : earlier) {
    Controller::LeftOpen& mine = earlier_[id];
    mine = open;
    // A plan does not report what an earlier write did.
    for (Unconfirmed& change : mine.unresolved.unconfirmed)
      change.reported = change.reported || options_.plan_only;
  }
}

bool FleetSweep::is_selected(SubscriptionId id) const {
  return !options_.selected || options_.selected->contains(id);
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
    return judge(check, desired, observed, drifts);
  };
  options.about_to_write = options_.about_to_write;
  return options;
}

SafetyVerdict FleetSweep::judge(const SafetyCheck& check, const DesiredSubscription& desired,
                                const Pricing& observed, const std::vector<Drift>& drifts) {
  {
    const MutexLock lock(mutex_);
    again_.erase(desired.id);
  }
  const auto plan = shown_.find(desired.id);
  if (plan == shown_.end() || options_.plan_only) return check(desired, observed, drifts);
  const std::vector<Change>& shown = plan->second->outcome.changes;
  const bool is_as_shown = std::all_of(drifts.begin(), drifts.end(), [&](const Drift& drift) {
    return find(shown, drift) != nullptr;
  });
  if (!is_as_shown) return withheld_from(drifts);
  SafetyVerdict verdict = check(desired, observed, drifts);
  for (const Drift& drift : drifts) {
    const Change& change = *find(shown, drift);
    if (change.result == ChangeResult::Withheld)
      verdict.withhold(drift.field, {change.reason, change.message});
  }
  return verdict;
}

Controller::Options FleetSweep::controller_options() const {
  const auto fleet = static_cast<int>(std::min<std::size_t>(desired_.subscriptions.size(), 1024));
  const PollSettings& poll = options_.poll;
  return {.workers = std::max(1, std::min(poll.workers, fleet)),
          .schedule = {.interval = kNotInThisSweep,
                       .jitter = 0,
                       .retry_min = poll.retry_min,
                       .retry_max = poll.retry_max,
                       .slow = kNotInThisSweep}};
}

// Only what is read: the others keep the plan that was shown.
void FleetSweep::reconcile_again(const std::vector<SubscriptionId>& ids) {
  {
    const MutexLock lock(mutex_);
    for (const SubscriptionId id : ids) {
      if (!is_selected(id) && (options_.shown != nullptr || !reads_all_)) continue;
      to_come_.insert(id);
      again_.insert(id);
    }
  }
  for (const SubscriptionId id : ids) controller_.reconcile_now(id);
}

// What is read in this sweep, and not only known.
std::size_t FleetSweep::to_read() const {
  if (options_.selected && (options_.shown != nullptr || !reads_all_))
    return options_.selected->size();
  return desired_.subscriptions.size();
}

bool FleetSweep::needs_rest() {
  return !reads_all_ && std::any_of(entries_.begin(), entries_.end(), [](const auto& item) {
    const SweptSubscription& swept = item.second.swept;
    return swept.selected && waits_for_fleet(swept.outcome);
  });
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

void FleetSweep::note_silence(const Outcome& outcome) {
  answered_ =
      answered_ || outcome.observed || (outcome.failure && outcome.failure->http_status != 0);
  if (answered_ || !outcome.failure || !is_silence(*outcome.failure)) return;
  unreachable_.insert(outcome.desired.id);
  if (unreachable_.size() >= kUnreachable && clock_.steady_now() - began_ >= options_.patience)
    given_up_ = outcome.failure->message;
}

void FleetSweep::on_reconciled(const Outcome& outcome, const Attempt& attempt) {
  // Cut off before it had a result, or before its write.
  const bool is_withdrawn = outcome.changes.empty() && !outcome.drift_left.empty();
  if (through_.stop_requested() && (!outcome.observed || is_withdrawn)) return;
  if (options_.reconciled) options_.reconciled(outcome);
  safety_.record(outcome);
  std::size_t done = 0;
  std::size_t of = 0;
  bool reads_rest = false;
  bool gives_up = false;
  {
    const MutexLock lock(mutex_);
    const SubscriptionId id = outcome.desired.id;
    note_silence(outcome);
    gives_up = !given_up_.empty();
    Entry& entry = entries_[id];
    SweptSubscription& swept = entry.swept;
    for (const Change& change : swept.outcome.changes) {
      if (change.result == ChangeResult::Applied) swept.applied.push_back(change);
    }
    swept.outcome = outcome;
    swept.reached = true;
    swept.tried = !options_.plan_only && options_.shown != nullptr;
    const bool judged_again = !outcome.failure && again_.contains(id);
    if (is_final(entry, outcome, attempt) && !judged_again) to_come_.erase(id);
    if (to_come_.empty() && needs_rest()) {
      reads_rest = reads_all_ = true;
      for (const DesiredSubscription& other : desired_.subscriptions) {
        if (!is_selected(other.id)) to_come_.insert(other.id);
      }
    }
    of = to_read();
    done = of - to_come_.size();
  }
  if (reads_rest) controller_.set_desired(desired_);
  if (options_.progress) options_.progress(done, of);
  if (done == of || gives_up) through_.request_stop();
}

SweepResult FleetSweep::run(const std::stop_token& stop) {
  safety_.set_desired(desired_);
  for (const auto& [id, swept] : shown_) {
    if (swept->reached) safety_.record(swept->outcome);
  }
  controller_.recall(std::move(earlier_));
  controller_.set_desired(to_begin_with());
  {
    const MutexLock lock(mutex_);
    began_ = clock_.steady_now();
    answered_ = options_.shown != nullptr;
  }
  {
    const std::stop_callback forward(stop, [this] { through_.request_stop(); });
    controller_.run(through_.get_token());
  }
  SweepResult result;
  const MutexLock lock(mutex_);
  result.given_up = given_up_;
  result.stopped = !to_come_.empty() && given_up_.empty();
  result.confirm_code = safety_.confirm_code();
  for (const DesiredSubscription& subscription : desired_.subscriptions) {
    result.subscriptions.push_back(std::move(entries_[subscription.id].swept));
  }
  return result;
}

// The selected part of the fleet.
DesiredState FleetSweep::to_begin_with() const {
  if (!options_.selected) return desired_;
  DesiredState part = desired_;
  std::erase_if(part.subscriptions,
                [&](const Declaration& declaration) { return !is_selected(declaration->id); });
  return part;
}

}  // namespace defenderd
