#pragma once
// The control loop: a fixed number of workers take subscriptions from one queue, reconcile them,
// and put them back for their next time.
//
// What stands in the desired state is in the queue, what leaves it leaves the queue; a subscription
// whose declaration changed is due at once, all others keep their schedule.

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "core/desired_state.h"
#include "core/outcome.h"
#include "core/timing.h"
#include "reconcile/bulk_batch.h"
#include "reconcile/bulk_store.h"
#include "reconcile/bulk_trust.h"
#include "reconcile/pulse.h"
#include "reconcile/reconciler.h"
#include "reconcile/request_pacing.h"
#include "reconcile/sweep.h"
#include "reconcile/work_queue.h"

namespace defenderd {

// What the controller knows of a reconcile beside its outcome.
struct Attempt {
  WallTime at;  // when it ended
  Duration took{0};
  int failures = 0;     // in a row, this one included
  Duration next_in{0};  // until this subscription's next turn
};

// Thread-safe.
class Controller {
 public:
  struct Options {
    int workers = 16;
    Schedule schedule;
    // How long a stop waits for a write that is under way before it is cut off.
    Duration grace = std::chrono::seconds(12);
  };
  // Called on a worker's thread, with nothing locked.
  struct Listener {
    // After each reconcile; never for a subscription that has left the desired state meanwhile.
    std::function<void(const Outcome&, const Attempt&)> reconciled = {};
    // When every declared subscription has been attempted since the last time.
    std::function<void(WallTime)> sweep_completed = {};
    // In place of `reconciled` for one that has left meanwhile: what was written must be told.
    std::function<void(const Outcome&)> departed = {};
    // After each answer of bulk observation, on the sweeper's thread.
    std::function<void(const BulkSeen&)> bulk_seen = {};
    // Before `reconciled`, when that was not as bulk observation had shown it.
    std::function<void(const Outcome&, const BulkDisagreement&)> bulk_disagreed = {};
  };

  // The reconciler and the clock outlive it. `unit` gives numbers in [0, 1) and is thread-safe.
  Controller(const Reconciler& reconciler, Clock& clock, WorkQueue::LaneGate gate,
             std::function<double()> unit, Listener listener, Options options);

  // Answers whether some of the new ones wait for bulk observation to see them first.
  bool set_desired(const DesiredState& desired);
  void set_schedule(const Schedule& schedule);

  // Makes one, or all, due now. False when that one is not declared.
  bool reconcile_now(std::optional<SubscriptionId> id);
  // The same for somebody who asks from outside, and who may ask without end: requests that follow
  // each other closely are paced, and share the budget with what the schedule makes due.
  bool request(std::optional<SubscriptionId> id);

  // Works until `stop` is requested; returns when all workers have ended.
  void run(const std::stop_token& stop);

  // Works on one subscription that is due, on the caller's thread. False when none is. For tests
  // and single sweeps: it is the body of run()'s loop.
  bool step();
  // When step() will next find something; nullopt when nothing is declared.
  [[nodiscard]] std::optional<SteadyTime> next_ready() const;

  // Bulk observation (controller_bulk.cc): the declared fleet in batches of one lane each, and what
  // came of a batch. A batch without an answer is read directly, spread over the interval.
  [[nodiscard]] std::vector<BulkBatch> bulk_batches(std::size_t size) const;
  void bulk_observed(const BulkBatch& batch, std::vector<BulkPlan> plans);
  void bulk_failed(const BulkBatch& batch);
  // Whether it was wrong too often to be asked now.
  [[nodiscard]] bool distrusts_bulk() const;

  struct Stats {
    WorkQueue::Stats queue;
    std::optional<WallTime> last_sweep;  // when the last sweep was completed
    std::size_t declared = 0;
    std::size_t sweep_to_come = 0;  // not yet attempted in the present sweep
  };
  [[nodiscard]] Stats stats() const;
  // Whether the workers live, their listeners included. Waits for no lock: probes ask it.
  [[nodiscard]] Pulse::Reading pulse() const;

 private:
  struct Entry {
    Declaration desired;     // a reconcile under way keeps its own
    std::uint64_t edit = 0;  // the last one that declared it
    SweepTracker::Member sweep;
    Before before;
    int failures = 0;
    int waits = 0;  // normal waits in a row
    std::optional<SteadyTime> waiting_since;
    RequestPacing requested;
    bool looked_at = false;              // directly, at least once
    bool covered = false;                // bulk observation showed it as declared, last
    bool disagreed = false;              // that was wrong before
    std::optional<std::uint64_t> doubt;  // what bulk observation showed otherwise, last
  };

  void work(SubscriptionId id, const std::stop_token& stop, const std::stop_token& abort);
  Outcome reconcile(const Entry& entry, const std::stop_token& stop,
                    const std::stop_token& abort) const;
  void remember(Entry& entry, Outcome& outcome, SteadyTime now) const;
  [[nodiscard]] Duration delay_until_next(const Entry& entry, const Outcome& outcome,
                                          double unit) const;
  class Held;
  // Answers whether that subscription was believed to be as declared.
  bool take_bulk(Entry& entry, BulkPlan* plan, Held& held, BulkSeen& seen);
  std::optional<BulkDisagreement> check_trust(Entry& entry, const Outcome& outcome, SteadyTime now);

  const Reconciler& reconciler_;
  Clock& clock_;
  const std::function<double()> unit_;
  const Listener listener_;
  const Options options_;
  WorkQueue queue_;
  Pulse pulse_;

  mutable std::mutex mutex_;  // guards what follows; never held while a reconcile is under way
  Schedule schedule_;
  std::unordered_map<SubscriptionId, Entry> entries_;
  std::uint64_t edit_ = 0;  // grows with each set_desired()
  SweepTracker sweep_;
  BulkTrust trust_;
  std::set<SubscriptionId> working_;
  RequestPacing all_requested_;
};

}  // namespace defenderd
