#pragma once
// The control loop: a fixed number of workers take subscriptions from one queue, reconcile them,
// and schedule them again.
//
// Every declared subscription is in the queue; one that is no longer declared leaves it. A
// subscription whose declaration changed is due at once; all others keep their schedule.

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <stop_token>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/heartbeat.h"
#include "base/mutex.h"
#include "core/desired_state.h"
#include "core/outcome.h"
#include "core/timing.h"
#include "reconcile/bulk_batch.h"
#include "reconcile/bulk_store.h"
#include "reconcile/bulk_trust.h"
#include "reconcile/controller_listener.h"
#include "reconcile/fleet_entry.h"
#include "reconcile/reconciler.h"
#include "reconcile/request_pacing.h"
#include "reconcile/sweep.h"
#include "reconcile/work_queue.h"

namespace defenderd {

// Thread-safe.
class Controller {
 public:
  struct Options {
    int workers = 16;
    Schedule schedule;
    // How long a stop waits for an in-flight write before it is cut off.
    Duration grace = std::chrono::seconds(12);
    Heartbeats* heartbeats = nullptr;  // of the workers; outlives them
  };
  using Listener = ControllerListener;

  // The reconciler and the clock outlive it. `unit` gives numbers in [0, 1) and is thread-safe.
  Controller(const Reconciler& reconciler, Clock& clock, WorkQueue::LaneGate gate,
             std::function<double()> unit, Listener listener, Options options);

  // The result of an edit.
  struct Edit {
    std::size_t added = 0;
    std::size_t changed = 0;  // of those declared before; descriptive text does not count
    std::size_t departed = 0;
    bool awaits_bulk = false;  // many were added, so bulk observation sees them first
  };
  Edit set_desired(const DesiredState& desired);
  // The subscriptions that an earlier run did not see in sync, with what its last reconciles left
  // to be resolved. They are read directly first: bulk observation may be older than what that run
  // knew. Comes before the first set_desired(). Those that leave later join them.
  struct LeftOpen {
    Unresolved unresolved = {};
    SteadyTime until = SteadyTime::max();  // forgotten then
  };
  using Earlier = std::unordered_map<SubscriptionId, LeftOpen>;
  void recall(Earlier earlier);
  struct Hastened {
    SubscriptionId id;
    SteadyTime due;
  };
  // What waits longer than this schedule would let it is brought forward, spread over that time.
  // Returns it.
  std::vector<Hastened> set_schedule(const Schedule& schedule);

  // Makes one, or all, due now. False if that one is not declared.
  bool reconcile_now(std::optional<SubscriptionId> id);
  // The same for outside callers, which may call in a loop: frequent requests are paced, and share
  // the budget with scheduled work.
  bool request(std::optional<SubscriptionId> id);

  // Works until `stop` is requested; returns when all workers have ended.
  void run(const std::stop_token& stop);

  // Processes one due subscription on the caller's thread. False if none is due. For tests and
  // single sweeps: it is the body of run()'s loop.
  bool step();
  // When step() will next find something; nullopt if nothing is declared.
  [[nodiscard]] std::optional<SteadyTime> next_ready() const;

  // Bulk observation (controller_bulk.cc): the declared fleet in batches of one lane each, and the
  // result of a batch. A batch without an answer is read directly, spread over the interval.
  [[nodiscard]] std::vector<BulkBatch> bulk_batches(std::size_t size) const;
  void bulk_observed(const BulkBatch& batch, std::vector<BulkPlan> plans);
  void bulk_failed(const BulkBatch& batch);
  // Whether it was wrong too often to be queried now.
  [[nodiscard]] bool distrusts_bulk() const;

  struct Stats {
    WorkQueue::Stats queue;
    std::optional<WallTime> last_sweep;  // when the last sweep was completed
    std::size_t declared = 0;
    std::size_t sweep_to_come = 0;  // not yet attempted in the current sweep
  };
  [[nodiscard]] Stats stats() const;

 private:
  class Claim;
  class Claims;
  struct Remembered {
    int failures = 0;
    Duration next_in{0};
    std::optional<BulkDisagreement> disagreement{};
  };

  std::vector<Declaration> merge(const DesiredState& desired, SteadyTime now, Edit& edit)
      REQUIRES(mutex_);
  bool schedule_new(const std::vector<Declaration>& added, SteadyTime now) REQUIRES(mutex_);
  bool drop_departed(WallTime now, Edit& edit) REQUIRES(mutex_);
  void keep_open(SubscriptionId id, const Before& before) REQUIRES(mutex_);

  void work_in_turn(const std::stop_token& stop, const std::stop_token& abort);
  void work(SubscriptionId id, const std::stop_token& stop, const std::stop_token& abort);
  Outcome reconcile(const FleetEntry& entry, const std::stop_token& stop,
                    const std::stop_token& abort) const;
  std::optional<Remembered> remember(SubscriptionId id, Outcome& outcome, SteadyTime now);
  void update(FleetEntry& entry, Outcome& outcome, SteadyTime now) const REQUIRES(mutex_);
  [[nodiscard]] Schedule schedule_for(const FleetEntry& entry) const REQUIRES(mutex_);
  [[nodiscard]] Duration delay_until_next(const FleetEntry& entry, const Outcome& outcome,
                                          double unit) const REQUIRES(mutex_);
  void publish(const Outcome& outcome, const Attempt& attempt,
               const std::optional<Remembered>& remembered) const;
  void note_attempt(SubscriptionId id, const Outcome& outcome, const Attempt& attempt);

  bool take_bulk(FleetEntry& entry, BulkPlan* plan, Claims& claims, BulkSeen& seen)
      REQUIRES(mutex_);
  bool take_first_sight(FleetEntry& entry, BulkPlan& plan, Claims& claims, BulkSeen& seen)
      REQUIRES(mutex_);
  std::optional<BulkDisagreement> check_trust(FleetEntry& entry, const Outcome& outcome,
                                              SteadyTime now) REQUIRES(mutex_);

  // Direct reads of vouched subscriptions are grouped, this many seconds' worth at a time: one by
  // one, each would run with cold caches and take eight times as much CPU time.
  static constexpr Duration kReadGroup = std::chrono::seconds(10);

  const Reconciler& reconciler_;
  Clock& clock_;
  const std::function<double()> unit_;
  const Listener listener_;
  const Options options_;
  WorkQueue queue_;

  mutable Mutex mutex_;  // never held while a reconcile or a listener runs
  Schedule schedule_ GUARDED_BY(mutex_);
  std::unordered_map<SubscriptionId, FleetEntry> entries_ GUARDED_BY(mutex_);
  Earlier earlier_ GUARDED_BY(mutex_);               // of those that are not declared now
  std::uint64_t generation_ GUARDED_BY(mutex_) = 0;  // increases with each set_desired()
  SweepTracker sweep_ GUARDED_BY(mutex_);
  BulkTrust trust_ GUARDED_BY(mutex_);
  std::set<SubscriptionId> working_ GUARDED_BY(mutex_);
  RequestPacing all_requested_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
