#include "reconcile/open_scopes.h"

#include <algorithm>

namespace defenderd {

// One subscription may be visible in several tenants, with other tags in each.
std::unordered_set<SubscriptionId> surely_uncovered(
    std::vector<Scope> open, const std::vector<DiscoveredSubscription>& visible) {
  for (Scope& scope : open) scope.management_group.clear();
  std::unordered_set<SubscriptionId> uncovered;
  std::unordered_set<SubscriptionId> coverable;
  for (const DiscoveredSubscription& seen : visible) {
    const bool may_match = std::any_of(open.begin(), open.end(), [&](Scope& scope) {
      scope.declares.tenant = seen.tenant;
      return matches(scope, seen);
    });
    (may_match ? coverable : uncovered).insert(seen.id);
  }
  for (const SubscriptionId id : coverable) uncovered.erase(id);
  return uncovered;
}

}  // namespace defenderd
