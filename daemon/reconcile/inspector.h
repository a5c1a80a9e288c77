#pragma once
// Inspects the AI accounts of all subscriptions, once an interval: finds them, then looks at each.
//
// It is one thread at a low, even pace, because nothing depends on it: 3,000 accounts in six hours
// are one in seven seconds. A request is only sent while the tenant's budget has room, so that it
// never delays the plans' own.

#include <cstddef>
#include <deque>
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
#include "core/ai_account.h"
#include "core/failure.h"
#include "reconcile/account_source.h"
#include "reconcile/work_queue.h"

namespace defenderd {

struct InspectionTarget {
  SubscriptionId id;
  std::optional<TenantId> tenant = {};
  bool managed = true;         // the plan of an unmanaged one is read here
  bool needs_posture = false;  // whether CloudPosture is on matters
};

// A round over all targets, when it has ended.
struct InspectionRound {
  std::size_t subscriptions = 0;
  std::size_t accounts = 0;
  std::set<SubscriptionId> with_accounts = {};  // everything else has none
  std::size_t failed = 0;                       // kept as they were known
  std::string failure = {};                     // of one of these
  std::set<std::string> denied = {};            // actions that the identity lacks
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
    // At least once a minute, whether or not there was work.
    std::function<void()> passed = {};
    OnThrow threw = {};
  };
  struct Options {
    bool enabled = true;
    Duration interval = std::chrono::hours(6);
    bool content_filters = true;
    bool spread = true;                               // false: as fast as the budget allows
    Duration first_pause = std::chrono::seconds(30);  // before a second try
  };
  // Batch of a query, as documented for Azure Resource Graph's callers.
  static constexpr std::size_t kBatch = 500;
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
  // Targets that have all but the id in common: ten thousand of them may wait for hours.
  struct Batch {
    InspectionTarget common;
    std::vector<SubscriptionId> ids;
  };
  // What is left to do for one subscription.
  struct Work {
    InspectionTarget target;
    bool is_listed = false;
    std::vector<AiAccount> accounts = {};
    std::size_t next = 0;  // of the accounts
    Inspection inspection = {};
    int tries = 0;
    SteadyTime not_before = {};
  };
  struct Round {
    std::deque<Batch> batches;
    std::deque<Batch> to_list;  // one by one, because the graph does not answer
    std::deque<Work> work;
    InspectionRound result;
    SteadyTime began;
  };

  void wait_on();
  void begin_round(const Options& options, SteadyTime now);
  void begin(const std::vector<InspectionTarget>& targets, SteadyTime now);
  void find_batch(const std::stop_token& stop);
  // The next work that is ready; nullopt if all of it waits.
  std::optional<Work> take_work();
  void work_on_next(const Options& options, const std::stop_token& stop);
  // One request's worth; a Failure if it did not succeed, true if nothing is left to do.
  ArmResult<bool> advance(Work& work, const Options& options, const std::stop_token& stop);
  void retry_later(Work work, const Failure& failure, Duration first_pause);
  void finish_round(const Options& options);
  void plan_next(const Options& options, SteadyTime now);
  [[nodiscard]] bool is_done() const;
  [[nodiscard]] std::size_t accounts_left() const;
  [[nodiscard]] Options options() const;
  void set_due(SteadyTime due);
  [[nodiscard]] bool is_due(SteadyTime now) const;

  AccountSource& source_;
  Clock& clock_;
  const WorkQueue::LaneGate gate_;
  const Listener listener_;
  Alarm alarm_;
  std::optional<Round> round_;
  std::size_t rounds_ = 0;
  SteadyTime next_round_ = {};
  mutable Mutex mutex_;
  Options options_ GUARDED_BY(mutex_);
  SteadyTime next_ GUARDED_BY(mutex_);  // step
  SteadyTime due_ GUARDED_BY(mutex_);   // work: until then a step only reports that it passed
};

}  // namespace defenderd
