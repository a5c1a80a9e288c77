#pragma once
// Fleets for tests: many subscriptions that are declared alike, as a desired state, and how often
// they are read.

#include <chrono>
#include <utility>
#include <vector>

#include "core/desired_state.h"
#include "core/timing.h"
#include "support/builders.h"

namespace defenderd {

// Every 5 minutes without jitter; back-off from 2 s to 15 min.
inline constexpr Schedule kSchedule{std::chrono::minutes(5), 0.0, std::chrono::seconds(2),
                                    std::chrono::minutes(15)};

// The subscriptions 1 to `last`.
inline std::vector<DesiredSubscription> all_declared(
    unsigned last, bool plan, const std::vector<DesiredExtension>& extensions = {}) {
  std::vector<DesiredSubscription> result;
  for (unsigned n = 1; n <= last; ++n) result.push_back(declared(n, plan, extensions));
  return result;
}

inline DesiredState desired_state(const std::vector<DesiredSubscription>& subscriptions,
                                  std::vector<Scope> scopes = {}) {
  return {declarations(subscriptions), "hash", std::move(scopes)};
}

}  // namespace defenderd
