#include "reconcile/inspector.h"

#include <algorithm>
#include <utility>

#include "reconcile/guarded_call.h"

namespace defenderd {
namespace {

constexpr Duration kTick = std::chrono::minutes(1);  // the longest wait
constexpr Duration kTooEarly = std::chrono::seconds(1);
constexpr Duration kAfterGivenUp = std::chrono::minutes(10);
// A few accounts do not take hours.
constexpr std::size_t kFew = 30;
constexpr Duration kGapOfFew = std::chrono::milliseconds(300);

Duration pause_before(int tries, const Failure& failure, Duration pause) {
  for (int i = 1; i < tries; ++i) pause *= 2;
  return std::max(pause, failure.server_wait.value_or(Duration::zero()));
}

}  // namespace

Inspector::Inspector(AccountSource& source, Clock& clock, WorkQueue::LaneGate gate, Options options,
                     Listener listener)
    : source_(source),
      clock_(clock),
      gate_(std::move(gate)),
      listener_(std::move(listener)),
      alarm_(clock),
      options_(options) {}

void Inspector::set_options(Options options) {
  {
    const MutexLock lock(mutex_);
    options_ = options;
    is_edited_ = true;
    next_ = {};
    due_ = {};
  }
  alarm_.wake();
}

Inspector::Options Inspector::take_options() {
  const MutexLock lock(mutex_);
  is_edited_ = false;
  return options_;
}

SteadyTime Inspector::next_step() const {
  const MutexLock lock(mutex_);
  return next_;
}

void Inspector::set_due(SteadyTime due) {
  const SteadyTime latest = clock_.steady_now() + kTick;
  const MutexLock lock(mutex_);
  if (is_edited_) return;  // the new options decide, at once
  due_ = due;
  next_ = std::min(due, latest);
}

bool Inspector::is_due(SteadyTime now) const {
  const MutexLock lock(mutex_);
  return now >= due_;
}

void Inspector::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    alarm_.clear();
    step(stop);
    const SteadyTime next = next_step();
    if (clock_.steady_now() < next) alarm_.wait_until(next, stop);
  }
}

// A round that threw does not know which subscriptions have accounts.
void Inspector::give_up() {
  round_.reset();
  not_before_ = clock_.steady_now() + kAfterGivenUp;
  set_due(not_before_);
}

void Inspector::step(const std::stop_token& stop) {
  const SteadyTime now = clock_.steady_now();
  if (now < next_step()) return;
  if (!guarded("inspecting AI accounts", listener_.threw, [&] { work_on(now, stop); })) give_up();
}

void Inspector::work_on(SteadyTime now, const std::stop_token& stop) {
  const Options in_force = take_options();
  if (!is_due(now)) {
    wait_on();
  } else if (!in_force.enabled) {
    round_.reset();
    last_began_.reset();
    not_before_ = {};
    set_due(now + kTick);
  } else if (!round_) {
    begin_round(in_force, now);
  } else {
    if (round_->work.has_batch()) {
      find_batch(stop);
    } else {
      work_on_next(in_force, stop);
    }
    if (stop.stop_requested()) return;
    plan_next(in_force, clock_.steady_now());
  }
  if (round_ && round_->work.is_done()) {
    finish_round(in_force);
  } else {
    notify(listener_.passed, "reporting how far the inspection is", listener_.threw, progress());
  }
}

std::optional<InspectionProgress> Inspector::progress() const {
  if (!round_) return std::nullopt;
  return InspectionProgress{round_->result.subscriptions, round_->work.subscriptions_left()};
}

void Inspector::wait_on() {
  const SteadyTime latest = clock_.steady_now() + kTick;
  const MutexLock lock(mutex_);
  if (!is_edited_) next_ = std::min(due_, latest);
}

void Inspector::begin_round(const Options& options, SteadyTime now) {
  SteadyTime next_round = not_before_;
  if (last_began_) next_round = std::max(next_round, *last_began_ + options.interval);
  if (now < next_round) {
    set_due(next_round);
    return;
  }
  const auto targets = listener_.targets ? listener_.targets() : std::nullopt;
  if (!targets) {
    set_due(now + kTooEarly);
    return;
  }
  round_.emplace(Round{InspectionWork(*targets), {.subscriptions = targets->size()}, now});
  plan_next(options, now);
}

void Inspector::find_batch(const std::stop_token& stop) {
  InspectionWork::Batch batch = round_->work.take_batch();
  const auto found = guarded_call("looking for AI accounts", listener_.threw, [&] {
    return source_.find(batch.common.tenant, batch.ids, stop);
  });
  if (stop.stop_requested()) return;
  if (found) {
    round_->work.found(batch, *found);
  } else {
    round_->work.not_found(std::move(batch));
  }
}

void Inspector::work_on_next(const Options& options, const std::stop_token& stop) {
  auto taken = round_->work.take(clock_.steady_now());
  if (!taken) return;
  InspectionWork::Task task = *std::move(taken);
  const auto through = guarded_call("inspecting AI accounts", listener_.threw, [&] {
    return inspect_next(task, source_, options.content_filters, stop);
  });
  if (stop.stop_requested()) return;
  if (!through) {
    retry_later(std::move(task), through.error(), options.first_pause);
  } else if (!*through) {
    round_->work.go_on_with(std::move(task));
  } else if (task.accounts.empty() && !task.target.needs_posture) {
    return;  // listed, and it has none
  } else {
    task.inspection.at = clock_.wall_now();
    InspectionRound& result = round_->result;
    result.accounts += task.inspection.accounts.size();
    result.may_hold.insert(task.target.id);
    for (const InspectedAccount& account : task.inspection.accounts) {
      if (!account.denied.empty()) result.denied.insert(account.denied);
    }
    notify(listener_.inspected, "reporting AI accounts", listener_.threw, task.target.id,
           task.inspection);
  }
}

// After the last try the subscription stays as it was known.
void Inspector::retry_later(InspectionWork::Task task, const Failure& failure,
                            Duration first_pause) {
  InspectionRound& result = round_->result;
  if (!task.is_listed && failure.reason == Reason::Forbidden) {
    ++result.not_permitted;
    result.may_hold.insert(task.target.id);
    result.denied.insert(std::string(kReadAccounts));
    return;
  }
  const bool will_not_pass = failure.next == NextTry::Slow;
  if (++task.tries < kTries && !will_not_pass) {
    task.not_before = clock_.steady_now() + pause_before(task.tries, failure, first_pause);
    round_->work.retry(std::move(task));
    return;
  }
  ++result.failed;
  result.failure = failure.message;
  result.may_hold.insert(task.target.id);
}

void Inspector::finish_round(const Options& options) {
  ++rounds_;
  InspectionRound result = std::move(round_->result);
  last_began_ = round_->began;
  const SteadyTime next_round = *last_began_ + options.interval;
  round_.reset();
  set_due(next_round);
  result.next = clock_.wall_now() + std::max(next_round - clock_.steady_now(), Duration::zero());
  notify(listener_.completed, "reporting AI accounts", listener_.threw, result);
}

void Inspector::plan_next(const Options& options, SteadyTime now) {
  const auto ahead = round_->work.next();
  if (!ahead) {
    set_due(now);
    return;
  }
  SteadyTime next = now;
  if (!round_->work.has_batch()) {
    // Evenly over what is left of the interval.
    const std::size_t left = round_->work.accounts_left() + 1;
    const Duration even =
        (round_->began + options.interval - now) / static_cast<std::ptrdiff_t>(left);
    const Duration longest = left <= kFew ? kGapOfFew : kLongestGap;
    if (options.spread) next += std::clamp(even, Duration::zero(), longest);
    next = std::max(next, ahead->not_before);
  }
  if (gate_) next = std::max(next, gate_(ahead->lane));
  set_due(next);
}

}  // namespace defenderd
