#include "reconcile/controller.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <thread>
#include <utility>

namespace defenderd {
namespace {

// A waiting worker shows this often that it lives.
constexpr Duration kHeartbeat = std::chrono::seconds(5);
// So many new ones are looked at directly at once; of more than that bulk observation, where there
// is one, sees most sooner and cheaper.
constexpr std::size_t kFewEnough = 300;

// Looks that bulk observation leaves time for are made so many seconds' worth at once: one by one
// each would find the processor's caches cold and take eight times as much of it.
constexpr Duration kGroup = std::chrono::seconds(10);

// Work that may not end the process: the one exception barrier, per subscription.
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

Controller::Controller(const Reconciler& reconciler, Clock& clock, WorkQueue::LaneGate gate,
                       std::function<double()> unit, Listener listener, Options options)
    : reconciler_(reconciler),
      clock_(clock),
      unit_(std::move(unit)),
      listener_(std::move(listener)),
      options_(options),
      queue_(std::move(gate)),
      pulse_(static_cast<std::size_t>(options.workers) + 1, clock.steady_now()),
      schedule_(options.schedule) {}

bool Controller::set_desired(const DesiredState& desired) {
  const SteadyTime now = clock_.steady_now();
  const std::scoped_lock lock(mutex_);
  ++edit_;
  std::vector<const DesiredSubscription*> unseen;
  for (const Declaration& declaration : desired.subscriptions) {
    const DesiredSubscription& subscription = *declaration;
    const auto [found, is_new] = entries_.try_emplace(subscription.id);
    Entry& entry = found->second;
    const bool changed = is_new || (!entry.desired.is(declaration) &&
                                    !same_declaration(*entry.desired, subscription));
    entry.desired = declaration;
    entry.edit = edit_;
    if (is_new) entry.sweep = sweep_.join();
    if (!changed) continue;
    entry.failures = 0;
    entry.covered = false;
    if (is_new && schedule_.full_interval && !subscription.interval) {
      unseen.push_back(&subscription);
    } else {
      queue_.make_due(subscription.id, subscription.tenant, now, Share::Scheduled);
    }
  }
  const bool wait_for_bulk = unseen.size() > kFewEnough;
  for (std::size_t i = 0; i < unseen.size(); ++i) {
    const double share = (static_cast<double>(i) + unit_()) / static_cast<double>(unseen.size());
    const Duration wait = wait_for_bulk
                              ? grouped(now, scaled(*schedule_.full_interval, share), kGroup)
                              : Duration::zero();
    queue_.add(unseen[i]->id, unseen[i]->tenant, now + wait);
  }
  if (entries_.size() == desired.subscriptions.size()) return wait_for_bulk;  // nobody has left
  std::erase_if(entries_, [&](const auto& item) {
    if (item.second.edit == edit_) return false;
    queue_.remove(item.first);
    sweep_.leave(item.second.sweep, clock_.wall_now());
    return true;
  });
  return wait_for_bulk;
}

void Controller::set_schedule(const Schedule& schedule) {
  const std::scoped_lock lock(mutex_);
  schedule_ = schedule;
}

bool Controller::reconcile_now(std::optional<SubscriptionId> id) {
  const SteadyTime now = clock_.steady_now();
  const std::scoped_lock lock(mutex_);
  if (!id) {
    for (const auto& [each, entry] : entries_)
      queue_.make_due(each, entry.desired->tenant, now, Share::Scheduled);
    return true;
  }
  const auto found = entries_.find(*id);
  if (found == entries_.end()) return false;
  queue_.make_due(*id, found->second.desired->tenant, now, Share::Scheduled);
  return true;
}

bool Controller::request(std::optional<SubscriptionId> id) {
  const SteadyTime now = clock_.steady_now();
  const std::scoped_lock lock(mutex_);
  const auto ask = [&](SubscriptionId each, const Entry& entry, SteadyTime due, Share share) {
    const Lane& lane = entry.desired->tenant;
    due > now ? queue_.add(each, lane, due, share) : queue_.make_due(each, lane, now, share);
  };
  if (!id) {
    const auto due = all_requested_.ask(now);
    if (!due) return true;
    for (const auto& [each, entry] : entries_) ask(each, entry, *due, Share::AskedAll);
    return true;
  }
  const auto found = entries_.find(*id);
  if (found == entries_.end()) return false;
  if (const auto due = found->second.requested.ask(now))
    ask(*id, found->second, *due, Share::Asked);
  return true;
}

void Controller::run(const std::stop_token& stop) {
  std::stop_source abort;
  std::mutex ended_mutex;
  std::condition_variable_any ended;
  int alive = options_.workers;
  std::vector<std::jthread> workers;
  workers.reserve(static_cast<std::size_t>(options_.workers));
  for (int i = 0; i < options_.workers; ++i) {
    workers.emplace_back([&] {
      while (!stop.stop_requested()) {
        const auto id = queue_.pop(clock_, kHeartbeat, stop);
        pulse_.beat(clock_.steady_now());
        if (id) work(*id, stop, abort.get_token());
      }
      const std::scoped_lock lock(ended_mutex);
      if (--alive == 0) ended.notify_all();
    });
  }
  std::unique_lock lock(ended_mutex);
  ended.wait(lock, stop, [&] { return alive == 0; });
  if (!ended.wait_for(lock, options_.grace, [&] { return alive == 0; })) abort.request_stop();
  lock.unlock();
  workers.clear();
}

bool Controller::step() {
  const auto id = queue_.try_pop(clock_.steady_now());
  if (!id) return false;
  work(*id, {}, {});
  return true;
}

std::optional<SteadyTime> Controller::next_ready() const {
  return queue_.next_ready(clock_.steady_now());
}

void Controller::work(SubscriptionId id, const std::stop_token& stop,
                      const std::stop_token& abort) {
  const SteadyTime start = clock_.steady_now();
  const Pulse::Working working(pulse_, start);  // until the listeners have returned
  Entry entry;
  bool declared = false;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(id);
    declared = found != entries_.end();
    if (declared) entry = found->second;
    working_.insert(id);
  }
  Outcome outcome = declared ? reconcile(entry, stop, abort) : Outcome{};
  const SteadyTime now = clock_.steady_now();
  Attempt attempt{clock_.wall_now(), now - start};
  bool still_declared = false;
  std::optional<BulkDisagreement> disagreement;
  {
    const std::scoped_lock lock(mutex_);
    working_.erase(id);
    const auto found = entries_.find(id);
    still_declared = declared && found != entries_.end();
    if (still_declared) {
      disagreement = check_trust(found->second, outcome, now);
      remember(found->second, outcome, now);
      attempt.failures = found->second.failures;
      attempt.next_in = delay_until_next(found->second, outcome, unit_());
    }
  }
  if (disagreement && listener_.bulk_disagreed) listener_.bulk_disagreed(outcome, *disagreement);
  if (still_declared && listener_.reconciled) listener_.reconciled(outcome, attempt);
  if (declared && !still_declared && listener_.departed) listener_.departed(outcome);
  bool sweep_completed = false;
  {
    // Last, so that who sees the sweep completed also sees what it came to.
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(id);
    sweep_completed = !stop.stop_requested() && found != entries_.end() &&
                      sweep_.attempted(found->second.sweep, attempt.at);
  }
  if (sweep_completed && listener_.sweep_completed) listener_.sweep_completed(attempt.at);
  queue_.done(id, now + attempt.next_in);
}

Outcome Controller::reconcile(const Entry& entry, const std::stop_token& stop,
                              const std::stop_token& abort) const {
  try {
    return reconciler_.reconcile(*entry.desired, entry.before, stop, abort);
  } catch (const std::exception& exception) {
    return panicked(*entry.desired, exception.what());
  } catch (...) {
    return panicked(*entry.desired, "an exception of unknown type");
  }
}

void Controller::remember(Entry& entry, Outcome& outcome, SteadyTime now) const {
  const bool waiting = outcome.failure && is_normal_wait(*outcome.failure);
  if (waiting) {
    if (!entry.waiting_since) entry.waiting_since = now;
    ++entry.waits;
    const Duration lasted = now - *entry.waiting_since;
    if (lasted >= kPatience) escalate(outcome, lasted);
  } else {
    entry.waiting_since.reset();
    entry.waits = 0;
  }
  const bool failed =
      outcome.result == ReconcileResult::Failed || outcome.result == ReconcileResult::Panic;
  if (failed) {
    ++entry.failures;
  } else if (!waiting) {
    entry.failures = 0;
  }
  entry.before = {outcome.state, outcome.reason, outcome.message, outcome.unproven};
  entry.looked_at = true;
  // What was corrected just now bulk observation cannot show yet.
  entry.covered = entry.covered && outcome.state == State::InSync && outcome.changes.empty();
}

Duration Controller::delay_until_next(const Entry& entry, const Outcome& outcome,
                                      double unit) const {
  Schedule schedule = schedule_;
  if (entry.covered) schedule.interval = schedule.full_interval.value_or(schedule.interval);
  schedule.interval = entry.desired->interval.value_or(schedule.interval);
  const int tries = entry.waiting_since ? entry.waits : entry.failures;
  Duration delay = next_delay(outcome, tries, schedule, unit);
  if (entry.covered && !outcome.failure) delay = grouped(clock_.steady_now(), delay, kGroup);
  const WallTime now = clock_.wall_now();
  if (is_suspended(*entry.desired, now)) {
    delay = std::min<Duration>(
        delay, std::chrono::ceil<std::chrono::seconds>(entry.desired->suspend->until - now));
  }
  return delay;
}

Controller::Stats Controller::stats() const {
  const SteadyTime now = clock_.steady_now();
  Stats stats;
  stats.queue = queue_.stats(now);
  const std::scoped_lock lock(mutex_);
  stats.last_sweep = sweep_.last_completed();
  stats.declared = sweep_.declared();
  stats.sweep_to_come = sweep_.to_come();
  return stats;
}

Pulse::Reading Controller::pulse() const { return pulse_.read(clock_.steady_now()); }

}  // namespace defenderd
