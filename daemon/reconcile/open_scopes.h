#pragma once
// Scopes whose lists were never read: it is not known what they cover, but tags say what they
// cannot cover. Pure.

#include <unordered_set>
#include <vector>

#include "core/desired_state.h"
#include "core/ids.h"
#include "core/scope.h"

namespace defenderd {

// The visible subscriptions that none of the `open` scopes can cover, in whichever tenant and
// management group they are.
[[nodiscard]] std::unordered_set<SubscriptionId> surely_uncovered(
    std::vector<Scope> open, const std::vector<DiscoveredSubscription>& visible);

}  // namespace defenderd
