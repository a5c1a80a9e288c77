#include "reconcile/controller.h"

#include <algorithm>
#include <condition_variable>
#include <thread>
#include <utility>

#include "core/absence.h"

namespace defenderd {
namespace {

// Up to this many new subscriptions are read directly at once. If there are more, bulk observation
// (if there is one) observes most of them sooner and cheaper.
constexpr std::size_t kFewEnough = 300;

}  // namespace

Controller::Controller(const Reconciler& reconciler, Clock& clock, WorkQueue::LaneGate gate,
                       std::function<double()> unit, Listener listener, Options options)
    : reconciler_(reconciler),
      clock_(clock),
      unit_(std::move(unit)),
      listener_(std::move(listener)),
      options_(options),
      queue_(std::move(gate)),
      schedule_(options.schedule) {}

Controller::Edit Controller::set_desired(const DesiredState& desired) {
  const SteadyTime now = clock_.steady_now();
  const WallTime at = clock_.wall_now();
  Edit edit;
  bool completed = false;
  {
    const MutexLock lock(mutex_);
    ++generation_;
    const std::vector<Declaration> unseen = merge(desired, now, edit);
    edit.awaits_bulk = schedule_new(unseen, now);
    if (entries_.size() != desired.subscriptions.size()) completed = drop_departed(at, edit);
  }
  if (completed)
    notify(listener_.sweep_completed, "reporting the end of a sweep", listener_.threw, at);
  return edit;
}

void Controller::recall(Earlier earlier) {
  const MutexLock lock(mutex_);
  earlier_ = std::move(earlier);
}

// Makes due what was added or changed. Returns the new ones that bulk observation may see first.
std::vector<Declaration> Controller::merge(const DesiredState& desired, SteadyTime now,
                                           Edit& edit) {
  std::vector<Declaration> unseen;
  for (const Declaration& declaration : desired.subscriptions) {
    const DesiredSubscription& subscription = *declaration;
    const auto [found, is_new] = entries_.try_emplace(subscription.id);
    FleetEntry& entry = found->second;
    const bool is_changed = !is_new && !entry.desired.is(declaration) &&
                            !same_declaration(*entry.desired, subscription);
    entry.desired = declaration;
    entry.generation = generation_;
    edit.added += is_new ? 1 : 0;
    edit.changed += is_changed ? 1 : 0;
    if (is_new) {
      entry.sweep = sweep_.join();
      const auto earlier = earlier_.extract(subscription.id);
      if (earlier && now < earlier.mapped().until) {
        entry.before.unresolved = std::move(earlier.mapped().unresolved);
        entry.read_first = true;
      }
    }
    if (!is_new && !is_changed) continue;
    entry.failures = 0;
    entry.vouched = false;
    if (is_new && schedule_.full_interval && !subscription.interval && !entry.read_first) {
      unseen.push_back(declaration);
    } else {
      queue_.make_due(subscription.id, subscription.tenant, now, Share::Scheduled);
    }
  }
  return unseen;
}

// A few are due at once. Many are spread over the full interval, because bulk observation observes
// most of them sooner and cheaper. Returns whether they were spread.
bool Controller::schedule_new(const std::vector<Declaration>& added, SteadyTime now) {
  const bool spread = added.size() > kFewEnough;
  for (std::size_t i = 0; i < added.size(); ++i) {
    Duration wait = Duration::zero();
    if (spread) {
      const double share = (static_cast<double>(i) + unit_()) / static_cast<double>(added.size());
      wait = grouped(now, scaled(*schedule_.full_interval, share), kReadGroup);
    }
    queue_.add(added[i]->id, added[i]->tenant, now + wait);
  }
  return spread;
}

// Returns whether the sweep waited only for those.
bool Controller::drop_departed(WallTime now, Edit& edit) {
  bool completed = false;
  std::erase_if(earlier_,
                [now = clock_.steady_now()](const auto& item) { return item.second.until <= now; });
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    if (entry->second.generation == generation_) {
      ++entry;
      continue;
    }
    queue_.remove(entry->first);
    completed = sweep_.leave(entry->second.sweep, now) || completed;
    if (entry->second.read_directly || entry->second.read_first)
      keep_open(entry->first, entry->second.before);
    entry = entries_.erase(entry);
    ++edit.departed;
  }
  return completed;
}

void Controller::keep_open(SubscriptionId id, const Before& before) {
  if (before.state == State::InSync && before.unresolved->empty()) {
    earlier_.erase(id);
  } else {
    earlier_.insert_or_assign(
        id, LeftOpen{before.unresolved, clock_.steady_now() + kAbsenceRemembered});
  }
}

std::vector<Controller::Hastened> Controller::set_schedule(const Schedule& schedule) {
  std::vector<Hastened> hastened;
  const SteadyTime now = clock_.steady_now();
  const MutexLock lock(mutex_);
  if (std::exchange(schedule_, schedule) == schedule) return hastened;
  for (const auto& [id, entry] : entries_) {
    const Duration longest = longest_delay(entry.failed, schedule_for(entry));
    const SteadyTime due = std::max(now + scaled(longest, unit_()), entry.asked_until);
    if (queue_.hasten(id, std::max(now + longest, entry.asked_until), due))
      hastened.push_back({id, due});
  }
  return hastened;
}

bool Controller::reconcile_now(std::optional<SubscriptionId> id) {
  const SteadyTime now = clock_.steady_now();
  const MutexLock lock(mutex_);
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
  const MutexLock lock(mutex_);
  const auto ask = [&](SubscriptionId each, const FleetEntry& entry, SteadyTime due, Share share) {
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
  Mutex ended_mutex;
  std::condition_variable_any ended;
  int alive = options_.workers;
  std::vector<std::jthread> workers;
  workers.reserve(static_cast<std::size_t>(options_.workers));
  for (int i = 0; i < options_.workers; ++i) {
    // Its own token is for the case that the system allows no more threads.
    workers.emplace_back([&, i](const std::stop_token& own) {
      const Heartbeat heartbeat(options_.heartbeats, "reconcile-" + std::to_string(i + 1));
      while (!stop.stop_requested() && !own.stop_requested()) {
        const bool well = guarded("working on a subscription", listener_.threw,
                                  [&] { work_in_turn(stop, abort.get_token()); });
        if (!well) clock_.sleep_until(clock_.steady_now() + kPauseAfterThrow, stop);
      }
      const MutexLock lock(ended_mutex);
      if (--alive == 0) ended.notify_all();
    });
  }
  MutexLock lock(ended_mutex);
  ended.wait(lock, stop, [&] { return alive == 0; });
  if (!ended.wait_for(lock, options_.grace, [&] { return alive == 0; })) abort.request_stop();
  lock.unlock();
  workers.clear();
}

void Controller::work_in_turn(const std::stop_token& stop, const std::stop_token& abort) {
  beat();
  const auto id = queue_.pop(clock_, kBeatEvery, stop);
  if (id) work(*id, stop, abort);
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

Controller::Stats Controller::stats() const {
  const SteadyTime now = clock_.steady_now();
  Stats stats;
  stats.queue = queue_.stats(now);
  const MutexLock lock(mutex_);
  stats.last_sweep = sweep_.last_completed();
  stats.declared = sweep_.declared();
  stats.sweep_to_come = sweep_.to_come();
  return stats;
}

}  // namespace defenderd
