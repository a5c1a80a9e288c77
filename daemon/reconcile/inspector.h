#pragma once
// Inspects the AI accounts of all subscriptions, once an interval: lists them, then reads each.
//
// It is one thread at a low, even pace, because nothing depends on it: 3,000 accounts in six hours
// are one in seven seconds. A request is only sent while the tenant's budget has room, so that it
// never delays the plans' own.

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/alarm.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/mutex.h"
#include "core/failure.h"
#include "reconcile/account_source.h"
#include "reconcile/inspection_work.h"
#include "reconcile/work_queue.h"

namespace defenderd {

// A round over all targets, when it has ended.
struct InspectionRound {
  std::size_t subscriptions = 0;
  std::size_t accounts = 0;
  // Subscriptions with accounts, and those that could not be inspected, of which the last known
  // accounts stay. All others have none.
  std::set<SubscriptionId> may_hold = {};
  std::size_t failed = 0;             // subscriptions that could not be inspected
  std::string failure = {};           // of one of these
  std::size_t not_permitted = 0;      // subscriptions whose accounts the identity may not list
  std::set<std::string> denied = {};  // actions that the identity lacks
  std::optional<WallTime> next = {};  // when the next round begins
};

// How far a round is.
struct InspectionProgress {
  std::size_t subscriptions = 0;
  std::size_t left = 0;  // of these
  bool operator==(const InspectionProgress&) const = default;
};

// Thread-safe. All but set_options() and next_step() by the thread that runs it.
class Inspector {
 public:
  // Called on the thread of run(), without a lock.
  struct Listener {
    // The subscriptions of the next round; nullopt: it is too early for one.
    std::function<std::optional<std::vector<InspectionTarget>>()> targets = {};
    std::function<void(SubscriptionId, const Inspection&)> inspected = {};
    std::function<void(const InspectionRound&)> completed = {};
    // After every other step, and at least once a minute, whether or not there was work. nullopt:
    // no round is in progress.
    std::function<void(const std::optional<InspectionProgress>&)> passed = {};
    OnThrow threw = {};
  };
  struct Options {
    bool enabled = true;
    Duration interval = std::chrono::hours(6);
    bool content_filters = true;
    bool spread = true;                               // false: as fast as the budget allows
    Duration first_pause = std::chrono::seconds(30);  // before a second try
  };
  static constexpr Duration kLongestGap = std::chrono::seconds(10);
  static constexpr int kTries = 3;

  // Source and clock outlive it.
  Inspector(AccountSource& source, Clock& clock, WorkQueue::LaneGate gate, Options options,
            Listener listener);

  void set_options(Options options);

  void run(const std::stop_token& stop);
  // One request or few of them, if it is time.
  void step(const std::stop_token& stop);
  [[nodiscard]] SteadyTime next_step() const;
  // A round has ended and none is in progress.
  [[nodiscard]] bool is_through() const { return rounds_ > 0 && !round_; }

 private:
  struct Round {
    InspectionWork work;
    InspectionRound result;
    SteadyTime began;
  };

  void work_on(SteadyTime now, const std::stop_token& stop);
  void give_up();
  void wait_on();
  void begin_round(const Options& options, SteadyTime now);
  void find_batch(const std::stop_token& stop);
  void work_on_next(const Options& options, const std::stop_token& stop);
  void retry_later(InspectionWork::Task task, const Failure& failure, Duration first_pause);
  void finish_round(const Options& options);
  void plan_next(const Options& options, SteadyTime now);
  [[nodiscard]] std::optional<InspectionProgress> progress() const;
  [[nodiscard]] Options take_options();
  void set_due(SteadyTime due);
  [[nodiscard]] bool is_due(SteadyTime now) const;

  AccountSource& source_;
  Clock& clock_;
  const WorkQueue::LaneGate gate_;
  const Listener listener_;
  Alarm alarm_;
  std::optional<Round> round_;
  std::size_t rounds_ = 0;
  std::optional<SteadyTime> last_began_;  // the last round
  SteadyTime not_before_ = {};            // no round begins earlier, whatever the interval
  mutable Mutex mutex_;
  Options options_ GUARDED_BY(mutex_);
  bool is_edited_ GUARDED_BY(mutex_) = false;  // since the step in progress has read the options
  SteadyTime next_ GUARDED_BY(mutex_);         // step
  SteadyTime due_ GUARDED_BY(mutex_);  // work: until then a step only reports that it passed
};

}  // namespace defenderd
