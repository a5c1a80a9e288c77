#pragma once
// A bulk store in memory that shows the plans of a fake plan store as Azure Resource Graph does:
// late, with missing rows, with invalid rows, or not at all. The contract suite compares it with
// the graph.

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
  // The plans to show; they outlive this.
  explicit FakeBulkStore(const FakePlanStore& plans) : plans_(plans) {}

  ArmResult<std::vector<BulkPlan>> read(const std::optional<TenantId>& tenant,
                                        std::span<const SubscriptionId> subscriptions,
                                        std::stop_token stop) override;

  // Keeps showing the current state until catch_up().
  void lag(SubscriptionId id);
  void catch_up(SubscriptionId id);
  // Shows no row for it.
  void hide(SubscriptionId id);
  // Shows no extensions, which is invalid for a plan that is on.
  void hide_extensions();
  // Shows an invalid row.
  void garble(SubscriptionId id);
  // Every query of the tenant fails like this, until nullopt.
  void fail(const std::optional<TenantId>& tenant, std::optional<Failure> failure);
  // Every query for this subscription fails like this.
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
