#include "support/fake_subscription_source.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "support/ids.h"

namespace defenderd {

ArmResult<Discovered> FakeSubscriptionSource::list(const std::optional<TenantId>& tenant,
                                                   bool groups, const std::stop_token& /*stop*/) {
  const std::scoped_lock lock(mutex_);
  ++listings_;
  asked_for_groups_ = groups;
  if (throws_) throw std::runtime_error("the list is broken");
  if (failure_) return Unexpected(*failure_);
  if (const auto failing = failures_.find(tenant); failing != failures_.end())
    return Unexpected(failing->second);
  Discovered answer;
  for (const DiscoveredSubscription& subscription : subscriptions_) {
    if (subscription.tenant != tenant) continue;
    answer.subscriptions.push_back(subscription);
    if (!groups || groups_failure_) answer.subscriptions.back().management_groups.reset();
  }
  if (groups) answer.groups_failed = groups_failure_;
  return answer;
}

void FakeSubscriptionSource::put(DiscoveredSubscription subscription) {
  const std::scoped_lock lock(mutex_);
  const auto place =
      std::lower_bound(subscriptions_.begin(), subscriptions_.end(), subscription.id,
                       [](const DiscoveredSubscription& a, SubscriptionId b) { return a.id < b; });
  if (place != subscriptions_.end() && place->id == subscription.id)
    *place = std::move(subscription);
  else
    subscriptions_.insert(place, std::move(subscription));
}

void FakeSubscriptionSource::remove(SubscriptionId id) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(subscriptions_, [&](const auto& subscription) { return subscription.id == id; });
}

void FakeSubscriptionSource::fail(std::optional<Failure> failure) {
  const std::scoped_lock lock(mutex_);
  failure_ = std::move(failure);
}

void FakeSubscriptionSource::fail_in(const std::optional<TenantId>& tenant,
                                     std::optional<Failure> failure) {
  const std::scoped_lock lock(mutex_);
  failures_.erase(tenant);
  if (failure) failures_.emplace(tenant, *std::move(failure));
}

void FakeSubscriptionSource::fail_groups(std::optional<Failure> failure) {
  const std::scoped_lock lock(mutex_);
  groups_failure_ = std::move(failure);
}

void FakeSubscriptionSource::throw_always(bool throws) {
  const std::scoped_lock lock(mutex_);
  throws_ = throws;
}

int FakeSubscriptionSource::listings() const {
  const std::scoped_lock lock(mutex_);
  return listings_;
}

bool FakeSubscriptionSource::asked_for_groups() const {
  const std::scoped_lock lock(mutex_);
  return asked_for_groups_;
}

DiscoveredSubscription visible(unsigned n, const std::string& group, const std::string& env) {
  DiscoveredSubscription subscription;
  subscription.id = subscription_id(n);
  subscription.state = "Enabled";
  if (!group.empty()) subscription.management_groups = {{group}};
  if (!env.empty()) subscription.tags = {{"env", env}};
  return subscription;
}

DesiredState scope_of(std::string group, std::vector<Tag> tags) {
  DesiredState state;
  state.scopes.emplace_back();
  state.scopes[0].management_group = std::move(group);
  state.scopes[0].tags = std::move(tags);
  state.scopes[0].declares.plan = true;
  return state;
}

}  // namespace defenderd
