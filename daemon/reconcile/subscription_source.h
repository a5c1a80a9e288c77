#pragma once
// The port to the list of the subscriptions that the identity sees: Azure Resource Manager with
// Azure Resource Graph, or a fake.

#include <optional>
#include <stop_token>

#include "core/failure.h"
#include "core/ids.h"
#include "core/scope.h"

namespace defenderd {

// Thread-safe. Calls block until answered, failed, timed out, or `stop` was requested.
class SubscriptionSource {
 public:
  SubscriptionSource() = default;
  SubscriptionSource(const SubscriptionSource&) = delete;
  SubscriptionSource& operator=(const SubscriptionSource&) = delete;
  virtual ~SubscriptionSource() = default;

  // What is visible through `tenant` (nullopt: the default one). With `groups`, the management
  // groups above each subscription as well, if known.
  virtual ArmResult<Discovered> list(const std::optional<TenantId>& tenant, bool groups,
                                     const std::stop_token& stop) = 0;
};

}  // namespace defenderd
