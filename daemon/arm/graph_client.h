#pragma once
// Queries of Azure Resource Graph, page by page: many subscriptions in one request, as they were a
// while ago. The graph lags behind ARM by seconds to hours and omits what it has not indexed.

#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "arm/arm_client.h"
#include "arm/graph_page.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/retry_wait.h"
#include "core/failure.h"
#include "core/ids.h"

namespace defenderd {

// What to query: subscriptions or management groups; if neither is set, everything in the tenant
// that the identity may read.
struct GraphQuery {
  std::optional<TenantId> tenant = {};  // whose token to use; nullopt: the default one
  std::string text = {};                // KQL; must project `id`, or there is only one page
  std::vector<SubscriptionId> subscriptions = {};
  std::vector<std::string> management_groups = {};  // by name, not display name
  // No page is requested, or requested again, after this time.
  Duration patience = std::chrono::minutes(10);
};

struct GraphAnswer {
  std::uint64_t rows = 0;
  int pages = 0;
  // The identity can see more subscriptions than the graph covers in one query (10,000): the answer
  // omits the others.
  bool subscription_limit_hit = false;
};

// Thread-safe.
class GraphClient {
 public:
  // Client and clock must outlive it.
  GraphClient(ArmClient& arm, Clock& clock);

  // Gives all rows of all pages, or fails: an incomplete answer is a failure, even after some rows.
  // Bounded in pages, rows and time. Respects the graph's quota, and retries a page whose failure
  // may pass (page_retry.h).
  ArmResult<GraphAnswer> query(const GraphQuery& query, const GraphRow& take,
                               const std::stop_token& stop);

  // A person asks for an observation: a quota that is used up does not delay it. At most every 30
  // seconds for a tenant.
  void try_again(const std::optional<TenantId>& tenant);
  void try_again();  // all tenants

 private:
  // What the graph last reported about a principal's quota.
  struct Quota {
    std::int64_t remaining = 1;
    RetryWait reset;  // after it the remaining quota is unknown until the next answer
  };

  ArmResult<ArmAnswer> page(const ArmCall& call, SteadyTime end, const std::stop_token& stop);
  // Takes one query's share. Returns how long to wait first; zero: not at all.
  Duration take_quota(const std::optional<TenantId>& tenant);
  void note_quota(const std::optional<TenantId>& tenant, const ArmAnswer& answer);

  ArmClient& arm_;
  Clock& clock_;
  Mutex mutex_;
  std::map<std::optional<TenantId>, Quota> quotas_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
