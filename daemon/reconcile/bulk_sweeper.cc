#include "reconcile/bulk_sweeper.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "reconcile/guarded_call.h"

namespace defenderd {
namespace {

// The wait without an interval; long enough to cost nothing.
constexpr Duration kForever = std::chrono::hours(24);
// If a pass lasts longer than the interval or this, whichever is longer, its rest is read directly.
constexpr Duration kAlwaysPatient = std::chrono::minutes(1);

// Whether the next query of the same tenant would fail as well.
bool concerns_all(const Failure& failure) {
  return failure.reason != Reason::Forbidden && failure.reason != Reason::SubscriptionNotFound;
}

Failure late() {
  Failure failure;
  failure.reason = Reason::Timeout;
  failure.message = "Azure Resource Graph did not answer for the whole fleet within poll.interval";
  return failure;
}

}  // namespace

BulkSweeper::BulkSweeper(Controller& controller, BulkStore& store, Clock& clock,
                         std::optional<Duration> interval, Listener listener)
    : controller_(controller),
      store_(store),
      clock_(clock),
      listener_(std::move(listener)),
      interval_(interval),
      alarm_(clock) {}

void BulkSweeper::wake() { alarm_.wake(); }

void BulkSweeper::set_interval(std::optional<Duration> interval) {
  const MutexLock lock(mutex_);
  if (std::exchange(interval_, interval) != interval) alarm_.wake();
}

std::optional<Duration> BulkSweeper::begin() {
  const MutexLock lock(mutex_);
  alarm_.clear();
  return interval_;
}

Duration BulkSweeper::patience_of_pass() {
  const MutexLock lock(mutex_);
  return std::max<Duration>(interval_.value_or(kAlwaysPatient), kAlwaysPatient);
}

void BulkSweeper::run(const std::stop_token& stop) {
  bool on = false;
  while (!stop.stop_requested()) {
    const std::optional<Duration> interval = begin();
    const SteadyTime began = clock_.steady_now();
    const bool well = guarded("observing the fleet in bulk", listener_.threw, [&] {
      if (interval) {
        pass(stop);
      } else if (on) {
        switch_off();
      }
    });
    // The subscriptions must not wait for an answer that never comes.
    if (!well) guarded("giving up bulk observation", listener_.threw, [&] { read_all_directly(); });
    on = interval.has_value();
    alarm_.wait_until(began + interval.value_or(kForever), stop);
  }
}

void BulkSweeper::read_all_directly() {
  for (const BulkBatch& batch : controller_.bulk_batches(kBatch)) controller_.bulk_failed(batch);
}

void BulkSweeper::switch_off() {
  read_all_directly();
  notify(listener_.switched_off, "reporting the end of bulk observation", listener_.threw);
}

void BulkSweeper::pass(const std::stop_token& stop) {
  BulkPass pass;
  pass.distrusted = controller_.distrusts_bulk();
  const SteadyTime began = clock_.steady_now();
  const Duration patience = patience_of_pass();
  std::set<Lane> given_up;
  for (const BulkBatch& batch : controller_.bulk_batches(kBatch)) {
    pass.subscriptions += batch.ids.size();
    if (!pass.distrusted && !given_up.contains(batch.lane)) {
      auto failure = clock_.steady_now() - began < patience ? query(batch, stop) : late();
      if (stop.stop_requested()) return;
      if (!failure) continue;
      if (concerns_all(*failure)) given_up.insert(batch.lane);
      if (!pass.failure) pass.failure = std::move(failure);
    }
    pass.unanswered += batch.ids.size();
    controller_.bulk_failed(batch);
  }
  pass.at = clock_.wall_now();
  notify(listener_.passed, "reporting a pass of bulk observation", listener_.threw, pass);
}

std::optional<Failure> BulkSweeper::query(const BulkBatch& batch, const std::stop_token& stop) {
  auto answer =
      guarded_call("querying Azure Resource Graph", listener_.threw, [&]() -> ArmResult<Done> {
        auto plans = store_.read(batch.lane, batch.ids, stop);
        if (!plans) return Unexpected(std::move(plans.error()));
        controller_.bulk_observed(batch, *std::move(plans));
        return Done{};
      });
  if (!stop.stop_requested())
    notify(listener_.queried, "reporting a query", listener_.threw, answer.has_value());
  if (answer) return std::nullopt;
  return std::move(answer.error());
}

}  // namespace defenderd
