#pragma once
// One reconcile of one subscription, in five steps: observe, compare, decide, correct, verify.
//
// It is level-based: it acts on what ARM shows now, never on its own past actions. One reconcile
// passes only two things to the next: the last error of an extension whose operationStatus was
// Failed, because a GET rarely repeats it, and the changes that were written and that ARM does not
// show yet, because writing them again at once does not help, or their answer was lost.

#include <functional>
#include <stop_token>
#include <vector>

#include "base/clock.h"
#include "core/outcome.h"
#include "core/write_gate.h"
#include "reconcile/known_extensions.h"
#include "reconcile/plan_store.h"
#include "reconcile/verdict.h"

namespace defenderd {

// Called between comparing and deciding, and again when the plan is observed again. Registers the
// changes of this subscription, and returns which of its drifts the fleet's safety withholds.
using SafetyCheck = std::function<SafetyVerdict(const DesiredSubscription&, const Pricing& observed,
                                                const std::vector<Drift>&)>;

// Thread-safe, like its parts: different subscriptions can be reconciled concurrently.
class Reconciler {
 public:
  struct Options {
    WritePermit permit = {};
    // Ends after deciding: changes stay Planned, and nothing is written or registered.
    bool plan_only = false;
    SafetyCheck safety = {};
    // Whether a declaration is still in force. Asked right before each request that writes: the
    // entry may have been edited or taken out while this reconcile waited. Empty: it is.
    std::function<bool(const DesiredSubscription&)> is_in_force = {};
    // Called with each change before it is written, on the worker's thread: the journal must never
    // miss a change that ARM applied.
    std::function<void(const DesiredSubscription&, const std::vector<Change>&)> about_to_write = {};
  };
  // Both outlive it.
  Reconciler(PlanStore& store, const Clock& clock, Options options);

  // `stop` starts nothing new: a read ends at once and no write starts. `abort` ends even an
  // in-flight write.
  [[nodiscard]] Outcome reconcile(const DesiredSubscription& desired, const Before& before,
                                  const std::stop_token& stop, const std::stop_token& abort) const;

 private:
  PlanStore& store_;
  const Clock& clock_;
  const Options options_;
  mutable KnownExtensions known_;
};

}  // namespace defenderd
