#pragma once
// One reconcile of one subscription, in five steps: observe, compare, decide, correct, verify.
//
// It is level-based: it acts on what ARM shows now, never on what it remembers having done. The one
// thing that is carried from one reconcile to the next is ARM's own last word on an extension whose
// operationStatus was Failed, because no GET repeats it.

#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/clock.h"
#include "core/decide.h"
#include "core/outcome.h"
#include "reconcile/known_extensions.h"
#include "reconcile/plan_store.h"
#include "reconcile/verdict.h"

namespace defenderd {

// Asked after comparing and before deciding, again where the plan is observed again: registers what
// this subscription wants and answers, for each of its drifts, whether the fleet's safety withholds
// it.
using SafetyCheck = std::function<std::function<std::optional<Withholding>(const Drift&)>(
    const DesiredSubscription&, const Pricing& observed, const std::vector<Drift>&)>;

// Thread-safe, as its parts are: any number of reconciles of different subscriptions at once.
class Reconciler {
 public:
  struct Options {
    bool observe_only = false;
    // Ends after deciding: what would be written stays Planned, and nothing is written or
    // registered.
    bool plan_only = false;
    SafetyCheck safety = {};
    // Told of each change just before it is written and as it is known: for the journal, which must
    // never miss a change that ARM took. Called on the worker's thread.
    std::function<void(const DesiredSubscription&, const std::vector<Change>&)> about_to_write = {};
  };
  // Both outlive it.
  Reconciler(PlanStore& store, const Clock& clock, Options options);

  // `stop` asks to begin nothing new: reading ends at once and no write starts. `abort` ends even a
  // write that is under way.
  [[nodiscard]] Outcome reconcile(const DesiredSubscription& desired, const Before& before,
                                  const std::stop_token& stop, const std::stop_token& abort) const;

 private:
  PlanStore& store_;
  const Clock& clock_;
  const Options options_;
  mutable KnownExtensions known_;
};

}  // namespace defenderd
