#pragma once
// What somebody else changed between the read and the write, and the write therefore undid.
//
// ARM has no conditional writes, and a write sends every value. Its answer shows two of the changes
// that it undid:
//   the plan was off in between   enablementTime, "the last time the pricingTier was set to
//                                 Standard", is not the one that the read showed
//   an extension that is off was  the answer has an operationStatus for it, as for each extension
//   on in between                 that a write acts on; one that stays off gets none
// An extension that is on and was off in between looks like one that was always on.
// Pure.

#include <vector>

#include "core/outcome.h"
#include "reconcile/plan_store.h"
#include "reconcile/writing.h"

namespace defenderd {

// As applied changes.
[[nodiscard]] std::vector<Change> undone_by(const Observed& base, const Pricing& wanted,
                                            const PlanWritten& answer);

}  // namespace defenderd
