#pragma once
// The rules of the fleet's safety, from the settings.

#include "desired/settings.h"
#include "reconcile/safety.h"

namespace defenderd {

[[nodiscard]] SafetyRules safety_rules(const Settings& settings);

// The window of the brakes. At least an hour, in which a person notices the effect of an edit and
// reverts it; and at least two intervals, because drift is found over a whole one and would
// otherwise come a few at a time.
[[nodiscard]] Duration brake_window(const PollSettings& poll);

}  // namespace defenderd
