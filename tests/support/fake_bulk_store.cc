#include "support/fake_bulk_store.h"

#include <utility>

namespace defenderd {

ArmResult<std::vector<BulkPlan>> FakeBulkStore::read(const std::optional<TenantId>& tenant,
                                                     std::span<const SubscriptionId> subscriptions,
                                                     std::stop_token /*stop*/) {
  const std::scoped_lock lock(mutex_);
  queries_.push_back({tenant, {subscriptions.begin(), subscriptions.end()}});
  if (const auto failure = failures_.find(tenant); failure != failures_.end())
    return Unexpected(failure->second);
  std::vector<BulkPlan> result;
  for (const SubscriptionId id : subscriptions) {
    if (const auto failure = poison_.find(id); failure != poison_.end())
      return Unexpected(failure->second);
    if (hidden_.contains(id)) continue;
    BulkPlan plan{id};
    const auto late = late_.find(id);
    if (!garbled_.contains(id)) plan.pricing = late == late_.end() ? plans_.get(id) : late->second;
    if (hides_extensions_ && plan.pricing && plan.pricing->tier == Tier::Standard)
      plan.pricing.reset();
    result.push_back(std::move(plan));
  }
  return result;
}

void FakeBulkStore::lag(SubscriptionId id) {
  const std::scoped_lock lock(mutex_);
  late_.insert_or_assign(id, plans_.get(id));
}

void FakeBulkStore::catch_up(SubscriptionId id) {
  const std::scoped_lock lock(mutex_);
  late_.erase(id);
}

void FakeBulkStore::hide(SubscriptionId id) {
  const std::scoped_lock lock(mutex_);
  hidden_.insert(id);
}

void FakeBulkStore::hide_extensions() {
  const std::scoped_lock lock(mutex_);
  hides_extensions_ = true;
}

void FakeBulkStore::garble(SubscriptionId id) {
  const std::scoped_lock lock(mutex_);
  garbled_.insert(id);
}

void FakeBulkStore::fail(const std::optional<TenantId>& tenant, std::optional<Failure> failure) {
  const std::scoped_lock lock(mutex_);
  failures_.erase(tenant);
  if (failure) failures_.emplace(tenant, *std::move(failure));
}

void FakeBulkStore::fail_with(SubscriptionId id, Failure failure) {
  const std::scoped_lock lock(mutex_);
  poison_.insert_or_assign(id, std::move(failure));
}

std::vector<FakeBulkStore::Query> FakeBulkStore::queries() const {
  const std::scoped_lock lock(mutex_);
  return queries_;
}

}  // namespace defenderd
