#pragma once
// The port to a place that shows many plans at once, as they were a while ago: Azure Resource
// Graph, or a fake that behaves like it. What it shows may be out of date and may be incomplete, so
// nothing is ever written by it.

#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "core/failure.h"
#include "core/ids.h"
#include "core/pricing.h"

namespace defenderd {

// What it shows of one subscription. One of which it shows nothing has none.
struct BulkPlan {
  SubscriptionId subscription;
  // nullopt: something that makes no sense, or a plan that is on without its extensions.
  std::optional<Pricing> pricing = {};
};

// Thread-safe. Calls block until answered, failed, out of time, or `stop` was requested.
class BulkStore {
 public:
  BulkStore() = default;
  BulkStore(const BulkStore&) = delete;
  BulkStore& operator=(const BulkStore&) = delete;
  virtual ~BulkStore() = default;

  // Each subscription at most once, in any order; nullopt is the default tenant. A failure says
  // nothing of any of them.
  virtual ArmResult<std::vector<BulkPlan>> read(const std::optional<TenantId>& tenant,
                                                std::span<const SubscriptionId> subscriptions,
                                                std::stop_token stop) = 0;
};

}  // namespace defenderd
