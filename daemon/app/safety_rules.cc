#include "app/safety_rules.h"

#include <algorithm>

namespace defenderd {

SafetyRules safety_rules(const Settings& settings) {
  const SafetySettings& safety = settings.safety;
  SafetyRules rules;
  rules.max_disables_per_sweep = safety.max_disables_per_sweep;
  rules.max_enables_per_sweep = safety.max_enables_per_sweep;
  rules.enables_count_drift = safety.enables_count_drift;
  rules.brake_window = brake_window(settings.poll);
  rules.confirm = safety.confirm;
  rules.rollout = {safety.pace_subscriptions, safety.pace_failures, settings.poll.interval};
  rules.contested = {safety.contested_corrections, safety.contested_within, settings.poll.interval,
                     settings.poll.jitter};
  return rules;
}

// The graph may hide drift until the direct read.
Duration brake_window(const PollSettings& poll) {
  constexpr Duration kLeast = std::chrono::hours(1);
  const bool by_graph = poll.strategy == PollStrategy::ResourceGraph;
  return std::max(kLeast, 2 * (by_graph ? poll.full_interval : poll.interval));
}

}  // namespace defenderd
