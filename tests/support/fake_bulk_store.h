#pragma once
// A bulk store in memory that shows the plans of a fake plan store as Azure Resource Graph does:
// late, with rows missing, with rows that make no sense, or not at all. The contract suite holds it
// against the graph.

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "reconcile/bulk_store.h"
#include "support/fake_plan_store.h"

namespace defenderd {

// Thread-safe.
class FakeBulkStore final : public BulkStore {
 public:
  // What there is to show; it outlives this.
  explicit FakeBulkStore(const FakePlanStore& plans) : plans_(plans) {}

  ArmResult<std::vector<BulkPlan>> read(const std::optional<TenantId>& tenant,
                                        std::span<const SubscriptionId> subscriptions,
                                        std::stop_token stop) override;

  // Goes on showing the present state, until catch_up().
  void lag(SubscriptionId id);
  void catch_up(SubscriptionId id);
  // Shows nothing of it.
  void hide(SubscriptionId id);
  // Shows no extensions, and with that nothing that makes sense of a plan that is on.
  void hide_extensions();
  // Shows something that makes no sense.
  void garble(SubscriptionId id);
  // Every query of the tenant fails so, until nullopt.
  void fail(const std::optional<TenantId>& tenant, std::optional<Failure> failure);
  // Every query that asks for this subscription fails so.
  void fail_with(SubscriptionId id, Failure failure);

  struct Query {
    std::optional<TenantId> tenant;
    std::vector<SubscriptionId> subscriptions;
  };
  [[nodiscard]] std::vector<Query> queries() const;

 private:
  const FakePlanStore& plans_;
  mutable std::mutex mutex_;
  bool hides_extensions_ = false;
  std::map<SubscriptionId, Pricing> late_;
  std::set<SubscriptionId> hidden_;
  std::set<SubscriptionId> garbled_;
  std::map<std::optional<TenantId>, Failure> failures_;
  std::map<SubscriptionId, Failure> poison_;
  std::vector<Query> queries_;
};

}  // namespace defenderd
