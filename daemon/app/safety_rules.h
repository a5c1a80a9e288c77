#pragma once
// The fleet's safety as the settings have it.

#include "desired/settings.h"
#include "reconcile/safety.h"

namespace defenderd {

[[nodiscard]] SafetyRules safety_rules(const SafetySettings& safety);

}  // namespace defenderd
