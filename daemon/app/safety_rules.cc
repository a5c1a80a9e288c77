#include "app/safety_rules.h"

namespace defenderd {

SafetyRules safety_rules(const SafetySettings& safety) {
  SafetyRules rules;
  rules.max_disables_per_sweep = safety.max_disables_per_sweep;
  rules.max_enables_per_sweep = safety.max_enables_per_sweep;
  rules.confirm = safety.confirm;
  rules.contested = {safety.contested_corrections, safety.contested_within};
  return rules;
}

}  // namespace defenderd
