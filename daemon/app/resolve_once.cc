#include "app/resolve_once.h"

#include <iterator>
#include <map>
#include <utility>
#include <vector>

namespace defenderd {

Result<Resolution> resolve_once(DesiredState declared,
                                const std::optional<TenantId>& default_tenant,
                                SubscriptionSource& source, const std::stop_token& stop) {
  forget_default_tenant(declared.scopes, default_tenant);
  std::map<std::optional<TenantId>, bool> tenants;  // and whether with management groups
  for (const Scope& scope : declared.scopes) {
    bool& groups = tenants[scope.declares.tenant];
    groups = groups || !scope.management_group.empty();
  }
  std::vector<DiscoveredSubscription> all;
  for (const auto& [tenant, groups] : tenants) {
    auto found = source.list(tenant, groups, stop);
    if (!found) return Unexpected(Error{"the scopes cannot be resolved: " + found.error().message});
    if (found->groups_failed) {
      return Unexpected(Error{"the scopes with a managementGroup cannot be resolved: " +
                              found->groups_failed->message});
    }
    all.insert(all.end(), std::make_move_iterator(found->subscriptions.begin()),
               std::make_move_iterator(found->subscriptions.end()));
  }
  return resolve(declared, all);
}

}  // namespace defenderd
