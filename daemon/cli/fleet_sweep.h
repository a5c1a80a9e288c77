#pragma once
// One sweep over the declared fleet with the daemon's reconciler, controller and safety: the basis
// of `diff`, `apply` and `import`.
//
// A subscription is reconciled until its result is known: again once the whole fleet is
// known, if the safety asked for that, and up to three times if a failure may pass within a
// minute; for a minute if a token is refused for now.
//
// The safety always judges the whole fleet. Where only a part of it is selected, the rest is read
// if a selected change must wait for it, because a brake counts what would be switched off; and
// never written.

#include <cstddef>
#include <functional>
#include <optional>
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
#include "core/write_gate.h"
#include "desired/settings.h"
#include "reconcile/controller.h"
#include "reconcile/plan_store.h"
#include "reconcile/reconciler.h"
#include "reconcile/safety.h"

namespace defenderd {

// The result of one subscription.
struct SweptSubscription {
  Outcome outcome;              // of the last reconcile; state Unknown if there was none
  std::vector<Change> applied;  // by earlier reconciles
  bool selected = true;
  bool reached = true;       // its turn came before a stop
  bool tried = false;        // a plan that was shown was applied to it, whatever came of it
  std::string skipped = {};  // what keeps it from being written in this run: "--max 5"
};

struct SweepResult {
  std::vector<SweptSubscription> subscriptions;  // in the order of the desired state
  std::string confirm_code;                      // of the held changes; "" if there are none
  bool stopped = false;                          // before it was complete
  // Why it was given up: Azure could not be reached for any subscription. The others of the fleet
  // would have waited for the same timeouts, for hours.
  std::string given_up = {};
};

// Not thread-safe: one thread owns it and calls run(), which has workers of its own.
class FleetSweep {
 public:
  static constexpr std::size_t kUnreachable = 32;
  struct Options {
    WritePermit permit = {};
    bool plan_only = false;
    PollSettings poll = {};
    SafetyRules safety = {};
    std::optional<std::set<SubscriptionId>> selected = {};  // nullopt: all
    // What was observed and planned before, of the same fleet: it is not observed again, and of the
    // selected only that plan is written. Outlives the sweep.
    const SweepResult* shown = nullptr;
    WorkQueue::LaneGate gate = [](const Lane&) { return SteadyTime::min(); };
    // For so long, and for kUnreachable subscriptions, Azure may be unreachable before the sweep is
    // given up, if nothing has answered.
    Duration patience = std::chrono::seconds(15);
    // Each may be empty; called on a worker's thread.
    std::function<void(const DesiredSubscription&, const std::vector<Change>&)> about_to_write = {};
    std::function<void(const Outcome&)> reconciled = {};
    std::function<void(std::size_t done, std::size_t of)> progress = {};
    std::function<void(const BrakeNotice&)> brake = {};
  };
  // Store and clock must outlive it.
  FleetSweep(PlanStore& store, Clock& clock, DesiredState desired, Options options);

  // What the writes of earlier runs left open. Comes before run().
  void recall(const Controller::Earlier& earlier);

  // Restores and saves the safety's state.
  [[nodiscard]] Safety& safety() { return safety_; }

  // Call once. When `stop` is requested no new work starts; in-flight writes finish.
  [[nodiscard]] SweepResult run(const std::stop_token& stop);

 private:
  struct Entry {
    SweptSubscription swept;
    int attempts = 0;
    Duration waited_for_token{0};
  };

  Safety::Hooks safety_hooks();
  Reconciler::Options reconciler_options();
  Controller::Options controller_options() const;
  void begin(const SweepResult& shown);
  [[nodiscard]] bool is_selected(SubscriptionId id) const;
  SafetyVerdict judge(const SafetyCheck& check, const DesiredSubscription& desired,
                      const Pricing& observed, const std::vector<Drift>& drifts);
  void reconcile_again(const std::vector<SubscriptionId>& ids);
  // Whether a selected change waits for the rest of the fleet, which is not read yet.
  bool needs_rest() REQUIRES(mutex_);
  [[nodiscard]] std::size_t to_read() const REQUIRES(mutex_);
  [[nodiscard]] DesiredState to_begin_with() const;
  void on_reconciled(const Outcome& outcome, const Attempt& attempt);
  void note_silence(const Outcome& outcome) REQUIRES(mutex_);
  // Counts the attempt.
  [[nodiscard]] static bool is_final(Entry& entry, const Outcome& outcome, const Attempt& attempt);

  Clock& clock_;
  const DesiredState desired_;
  const Options options_;
  Random random_;
  Safety safety_;
  Reconciler reconciler_;
  Controller controller_;
  std::stop_source through_;
  std::unordered_map<SubscriptionId, const SweptSubscription*> shown_;
  Controller::Earlier earlier_;

  Mutex mutex_;
  std::unordered_map<SubscriptionId, Entry> entries_ GUARDED_BY(mutex_);
  std::set<SubscriptionId> to_come_ GUARDED_BY(mutex_);
  std::set<SubscriptionId> again_ GUARDED_BY(mutex_);  // requested since they were last judged
  bool reads_all_ GUARDED_BY(mutex_) = true;
  std::set<SubscriptionId> unreachable_ GUARDED_BY(mutex_);  // while nothing has answered
  bool answered_ GUARDED_BY(mutex_) = false;
  SteadyTime began_ GUARDED_BY(mutex_) = {};
  std::string given_up_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
