#pragma once
// Which subscriptions the identity sees, and where they stand.
//
// The list of ARM says which there are, with their tags, as they are now. Only Azure Resource Graph
// knows the management groups above them, and it lags: it is asked for nothing else, so that a row
// that it lacks or shows late is never taken for a subscription that has gone.

#include <optional>
#include <stop_token>
#include <vector>

#include "arm/graph_client.h"
#include "arm/subscription_list.h"
#include "core/failure.h"
#include "core/scope.h"

namespace defenderd {

struct Discovered {
  std::vector<DiscoveredSubscription> subscriptions;  // by id; Deleted ones left out
  // Why their management groups are not known, although they were asked for.
  std::optional<Failure> groups_failed = {};
};

// Thread-safe.
class SubscriptionDiscovery {
 public:
  // Both outlive it.
  SubscriptionDiscovery(SubscriptionList& list, GraphClient& graph) : list_(list), graph_(graph) {}

  // As seen through `tenant`; with the management groups above each where `groups` is true: not
  // known of one that the graph does not show, or shows oddly.
  ArmResult<Discovered> look(const std::optional<TenantId>& tenant, bool groups,
                             const std::stop_token& stop);

 private:
  std::optional<Failure> add_groups(const std::optional<TenantId>& tenant,
                                    std::vector<DiscoveredSubscription>& subscriptions,
                                    const std::stop_token& stop);

  SubscriptionList& list_;
  GraphClient& graph_;
};

}  // namespace defenderd
