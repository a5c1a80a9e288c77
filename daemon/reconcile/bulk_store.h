#pragma once
// The port to a source that shows many plans at once, as they were a while ago: Azure Resource
// Graph, or a fake that behaves like it. The result may be out of date and incomplete, so nothing
// is ever written because of it.

#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "core/failure.h"
#include "core/ids.h"
#include "core/pricing.h"

namespace defenderd {

// What it shows of one subscription; nothing if it has no row.
struct BulkPlan {
  SubscriptionId subscription;
  // nullopt: an invalid value, a plan that is on without its extensions, or one with an extension
  // that is on and has failed.
  std::optional<Pricing> pricing = {};
};

// Thread-safe. Calls block until answered, failed, timed out, or `stop` was requested.
class BulkStore {
 public:
  BulkStore() = default;
  BulkStore(const BulkStore&) = delete;
  BulkStore& operator=(const BulkStore&) = delete;
  virtual ~BulkStore() = default;

  // Each subscription at most once, in any order; nullopt is the default tenant. A failure says
  // nothing about any of them.
  virtual ArmResult<std::vector<BulkPlan>> read(const std::optional<TenantId>& tenant,
                                                std::span<const SubscriptionId> subscriptions,
                                                std::stop_token stop) = 0;
};

}  // namespace defenderd
