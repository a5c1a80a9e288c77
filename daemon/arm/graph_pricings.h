#pragma once
// The plan of many subscriptions by one query of Azure Resource Graph.

#include "arm/graph_client.h"
#include "reconcile/bulk_store.h"

namespace defenderd {

// Thread-safe.
class GraphPricings final : public BulkStore {
 public:
  // The client must outlive it.
  explicit GraphPricings(GraphClient& graph);

  ArmResult<std::vector<BulkPlan>> read(const std::optional<TenantId>& tenant,
                                        std::span<const SubscriptionId> subscriptions,
                                        std::stop_token stop) override;

 private:
  GraphClient& graph_;
};

}  // namespace defenderd
