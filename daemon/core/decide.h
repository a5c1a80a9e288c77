#pragma once
// Decide: which of the drifts are corrected now, and why the others are not. Pure.

#include <vector>

#include "core/desired_state.h"
#include "core/diff.h"
#include "core/outcome.h"
#include "core/pricing.h"
#include "core/write_gate.h"

namespace defenderd {

// One Change per drift, Planned or Withheld, by the rules of the write gate. If switching the plan
// on is withheld, the changes of its extensions are withheld with it: they cannot exist without it.
[[nodiscard]] std::vector<Change> decide(const DesiredSubscription& desired,
                                         const Pricing& observed, const std::vector<Drift>& drifts,
                                         const Circumstances& circumstances);

}  // namespace defenderd
