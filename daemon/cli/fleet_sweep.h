#pragma once
// One sweep over the declared fleet, by the same reconciler, controller and safety as the daemon's:
// what `diff`, `apply` and `import` are made of.
//
// A subscription is looked at until the sweep knows what to tell of it: again, once the whole fleet
// is known, where the safety asked for that, and up to three times where a failure may pass within
// a minute.

#include <functional>
#include <set>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "core/desired_state.h"
#include "core/outcome.h"
#include "desired/settings.h"
#include "reconcile/controller.h"
#include "reconcile/plan_store.h"
#include "reconcile/reconciler.h"
#include "reconcile/safety.h"

namespace defenderd {

// What one subscription came to.
struct SweptSubscription {
  Outcome outcome;              // of the last look; state Unknown where there was none
  std::vector<Change> applied;  // by the looks before that one
};

struct SweepResult {
  std::vector<SweptSubscription> subscriptions;  // in the order of the desired state
  std::string confirm_code;                      // of what a brake holds; "" when none does
  bool stopped = false;                          // before it was through
};

class FleetSweep {
 public:
  struct Options {
    bool observe_only = false;
    bool plan_only = false;
    PollSettings poll = {};
    SafetyRules safety = {};
    WorkQueue::LaneGate gate = [](const Lane&) { return SteadyTime::min(); };
    // Of these each may be empty; called on a worker's thread.
    std::function<void(const DesiredSubscription&, const std::vector<Change>&)> about_to_write = {};
    std::function<void(const Outcome&)> reconciled = {};
    std::function<void(std::size_t done, std::size_t of)> progress = {};
    std::function<void(const BrakeNotice&)> brake = {};
  };
  // Store and clock outlive it.
  FleetSweep(PlanStore& store, Clock& clock, DesiredState desired, Options options);

  // For what it remembers, and is to remember.
  [[nodiscard]] Safety& safety() { return safety_; }

  // Once. When `stop` is requested no new work begins; a write under way is let finish.
  [[nodiscard]] SweepResult run(const std::stop_token& stop);

 private:
  struct Entry {
    SweptSubscription swept;
    int looks = 0;
  };

  Safety::Hooks safety_hooks();
  Reconciler::Options reconciler_options();
  Controller::Options controller_options() const;
  void look_again(const std::vector<SubscriptionId>& ids);
  void on_reconciled(const Outcome& outcome, const Attempt& attempt);
  [[nodiscard]] static bool is_final(const Outcome& outcome, const Attempt& attempt, int looks);

  const DesiredState desired_;
  const Options options_;
  Random random_;
  Safety safety_;
  Reconciler reconciler_;
  Controller controller_;
  std::stop_source through_;

  Mutex mutex_;
  std::unordered_map<SubscriptionId, Entry> entries_ GUARDED_BY(mutex_);
  std::set<SubscriptionId> to_come_ GUARDED_BY(mutex_);
  std::set<SubscriptionId> again_ GUARDED_BY(mutex_);  // asked for since they were judged last
};

}  // namespace defenderd
