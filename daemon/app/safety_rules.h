#pragma once
// The fleet's safety as the settings have it.

#include "desired/settings.h"
#include "reconcile/safety.h"

namespace defenderd {

[[nodiscard]] SafetyRules safety_rules(const Settings& settings);

// In what time the brakes count. Not less than an hour, in which a person notices what an edit does
// and takes it back; and not less than two intervals, because what drifts is found over a whole one
// and would come a few at a time where that is longer.
[[nodiscard]] Duration brake_window(const PollSettings& poll);

}  // namespace defenderd
