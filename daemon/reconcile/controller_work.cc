// One turn of one subscription.

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "reconcile/controller.h"

namespace defenderd {
namespace {

// A subscription whose next attempt is later than this many intervals does not delay the sweep.
constexpr double kOwnInterval = 1.5;

// When a subscription is due again after its turn ended in an exception.
constexpr Duration kAfterThrow = std::chrono::minutes(1);

// The outcome of a reconcile that threw.
Outcome panicked(const DesiredSubscription& desired, const char* what) {
  Outcome outcome;
  outcome.desired = desired;
  outcome.failure = bug(what);
  outcome.result = ReconcileResult::Panic;
  outcome.state = State::Failing;
  outcome.reason = outcome.failure->reason;
  outcome.message = outcome.failure->message;
  return outcome;
}

}  // namespace

// A subscription that a worker has popped. The destructor always gives it back: otherwise it would
// never be reconciled again.
class Controller::Claim {
 public:
  Claim(Controller& controller, SubscriptionId id, SteadyTime next_due)
      : controller_(controller), id_(id), next_due_(next_due) {}
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  ~Claim() {
    {
      const MutexLock lock(controller_.mutex_);
      controller_.working_.erase(id_);
    }
    controller_.queue_.done(id_, next_due_);
  }

  // A copy of its entry; nullopt: it is no longer declared.
  std::optional<FleetEntry> take() {
    const MutexLock lock(controller_.mutex_);
    controller_.working_.insert(id_);
    const auto found = controller_.entries_.find(id_);
    return found == controller_.entries_.end() ? std::nullopt : std::optional(found->second);
  }
  void set_next_due(SteadyTime next_due) { next_due_ = next_due; }

 private:
  Controller& controller_;
  SubscriptionId id_;
  SteadyTime next_due_;
};

// One turn of one subscription. The order of the steps matters:
//   claim      copies the entry, so that an edit meanwhile has no effect on it
//   reconcile  without a lock: it waits for ARM
//   remember   before anyone sees the outcome, so that a following request builds on it
//   publish    before another worker can take it: outcomes of one subscription stay in order
//   note       the attempt after that: whoever sees a completed sweep also sees its outcomes
//   release    last and always
void Controller::work(SubscriptionId id, const std::stop_token& stop,
                      const std::stop_token& abort) {
  beat();
  const SteadyTime start = clock_.steady_now();
  Claim claim(*this, id, start + kAfterThrow);
  const std::optional<FleetEntry> entry = claim.take();
  if (!entry) return;
  Outcome outcome = reconcile(*entry, stop, abort);
  const SteadyTime now = clock_.steady_now();
  const std::optional<Remembered> remembered = remember(id, outcome, now);
  Attempt attempt{clock_.wall_now(), now - start};
  if (remembered) {
    attempt.failures = remembered->failures;
    attempt.next_in = remembered->next_in;
  }
  claim.set_next_due(now + attempt.next_in);
  publish(outcome, attempt, remembered);
  if (!stop.stop_requested()) note_attempt(id, outcome, attempt);
}

Outcome Controller::reconcile(const FleetEntry& entry, const std::stop_token& stop,
                              const std::stop_token& abort) const {
  try {
    return reconciler_.reconcile(*entry.desired, entry.before, stop, abort);
  } catch (const std::exception& exception) {
    return panicked(*entry.desired, exception.what());
  } catch (...) {
    return panicked(*entry.desired, "an exception of unknown type");
  }
}

// Returns nullopt if it is no longer declared.
std::optional<Controller::Remembered> Controller::remember(SubscriptionId id, Outcome& outcome,
                                                           SteadyTime now) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) {
    keep_open(id, before_next(outcome));  // it may have been written since
    return std::nullopt;
  }
  FleetEntry& entry = found->second;
  Remembered remembered;
  remembered.disagreement = check_trust(entry, outcome, now);
  update(entry, outcome, now);
  remembered.failures = entry.failures;
  remembered.next_in = delay_until_next(entry, outcome, unit_());
  return remembered;
}

void Controller::publish(const Outcome& outcome, const Attempt& attempt,
                         const std::optional<Remembered>& remembered) const {
  const std::string doing = "reporting the outcome of " + outcome.desired.id.text();
  if (!remembered) {
    notify(listener_.departed, doing, listener_.threw, outcome);
    return;
  }
  if (remembered->disagreement) {
    notify(listener_.bulk_disagreed, doing, listener_.threw, outcome, *remembered->disagreement);
  }
  notify(listener_.reconciled, doing, listener_.threw, outcome, attempt);
}

void Controller::note_attempt(SubscriptionId id, const Outcome& outcome, const Attempt& attempt) {
  const WallTime at = attempt.at;
  bool completed = false;
  {
    const MutexLock lock(mutex_);
    const auto found = entries_.find(id);
    if (found != entries_.end()) {
      // A retry holds up no sweep; what is checked as often as the others comes in time.
      const double in_time = outcome.failure ? 1.0 + schedule_.jitter : kOwnInterval;
      const bool waits =
          !found->second.vouched && attempt.next_in > scaled(schedule_.interval, in_time);
      completed = sweep_.attempted(found->second.sweep, waits, at);
    }
  }
  if (completed)
    notify(listener_.sweep_completed, "reporting the end of a sweep", listener_.threw, at);
}

void Controller::update(FleetEntry& entry, Outcome& outcome, SteadyTime now) const {
  const bool waiting = outcome.failure && is_normal_wait(*outcome.failure);
  if (!outcome.failure) {
    entry.failing_since.reset();
  } else if (!entry.failing_since) {
    entry.failing_since = now - outcome.failure->lasted;
  }
  entry.waits = waiting ? entry.waits + 1 : 0;
  entry.failed = outcome.failure ? std::optional(outcome.failure->next) : std::nullopt;
  entry.asked_until = SteadyTime();
  if (outcome.failure && outcome.failure->server_wait)
    entry.asked_until = now + *outcome.failure->server_wait;
  if (waiting) {
    const Duration lasted = now - *entry.failing_since;
    // It is not reported for as long as the server asks to wait.
    const Duration asked = outcome.failure->server_wait.value_or(Duration::zero());
    if (std::max(lasted, asked) >= kLongestNormalWait) escalate(outcome, entry.before, lasted);
  }
  const bool failed =
      outcome.result == ReconcileResult::Failed || outcome.result == ReconcileResult::Panic;
  if (failed) {
    ++entry.failures;
  } else if (!waiting) {
    entry.failures = 0;
  }
  entry.before = before_next(outcome);
  entry.read_directly = true;
  // Bulk observation does not show a new correction yet.
  entry.vouched = entry.vouched && outcome.state == State::InSync && outcome.changes.empty();
}

Schedule Controller::schedule_for(const FleetEntry& entry) const {
  Schedule schedule = schedule_;
  // Bulk observation may still vouch for one that was never read.
  if (entry.vouched || !entry.read_directly)
    schedule.interval = schedule.full_interval.value_or(schedule.interval);
  schedule.interval = entry.desired->interval.value_or(schedule.interval);
  return schedule;
}

Duration Controller::delay_until_next(const FleetEntry& entry, const Outcome& outcome,
                                      double unit) const {
  const int tries = entry.waits > 0 ? entry.waits : entry.failures;
  Duration delay = next_delay(outcome, tries, schedule_for(entry), unit);
  if (entry.vouched && !outcome.failure) delay = grouped(clock_.steady_now(), delay, kReadGroup);
  const WallTime now = clock_.wall_now();
  if (is_suspended(*entry.desired, now)) {
    delay = std::min<Duration>(
        delay, std::chrono::ceil<std::chrono::seconds>(entry.desired->suspend->until - now));
  }
  return delay;
}

}  // namespace defenderd
