#pragma once
// The subscriptions visible to the identity: GET /subscriptions, page by page.

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "arm/arm_client.h"
#include "base/clock.h"
#include "core/desired_state.h"
#include "core/failure.h"
#include "core/ids.h"

namespace defenderd {

struct ListedSubscription {
  SubscriptionId id;
  std::string name = {};                // set by people: any text
  std::optional<TenantId> tenant = {};  // its home, maybe not the tenant that was queried
  std::string state = {};               // Enabled, Warned, PastDue, Disabled, Deleted
  std::vector<Tag> tags = {};
  std::vector<TenantId> managed_by = {};  // to which Azure Lighthouse delegates it
  bool operator==(const ListedSubscription&) const = default;
};

// Thread-safe.
class SubscriptionList {
 public:
  // Client and clock must outlive it.
  SubscriptionList(ArmClient& arm, Origin resource_manager, Clock& clock);

  // Each once, by id, as the identity sees them in `tenant` (nullopt: the default one). Bounded in
  // pages, size and time; a next page is only requested from the resource manager itself. A page
  // whose failure may pass is retried (page_retry.h).
  ArmResult<std::vector<ListedSubscription>> all(const std::optional<TenantId>& tenant,
                                                 const std::stop_token& stop);

 private:
  ArmClient& arm_;
  const Origin resource_manager_;
  Clock& clock_;
};

}  // namespace defenderd
