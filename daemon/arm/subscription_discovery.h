#pragma once
// Which subscriptions the identity sees, with their tags and management groups.
//
// ARM's list is current and has their tags. Only Azure Resource Graph knows the management groups
// above them, and it lags. It is used for nothing else, so a row that is missing or late is never
// taken for a subscription that has gone.

#include <optional>
#include <stop_token>
#include <vector>

#include "arm/graph_client.h"
#include "arm/subscription_list.h"
#include "core/failure.h"
#include "core/scope.h"
#include "reconcile/subscription_source.h"

namespace defenderd {

// Thread-safe.
class SubscriptionDiscovery final : public SubscriptionSource {
 public:
  // Both must outlive it.
  SubscriptionDiscovery(SubscriptionList& list, GraphClient& graph) : list_(list), graph_(graph) {}

  // The management groups of a subscription are unknown if the graph does not show it, or shows
  // something unexpected.
  ArmResult<Discovered> list(const std::optional<TenantId>& tenant, bool groups,
                             const std::stop_token& stop) override;

 private:
  std::optional<Failure> add_groups(const std::optional<TenantId>& tenant,
                                    std::vector<DiscoveredSubscription>& subscriptions,
                                    const std::stop_token& stop);

  SubscriptionList& list_;
  GraphClient& graph_;
};

}  // namespace defenderd
