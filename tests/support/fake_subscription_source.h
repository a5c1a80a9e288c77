#pragma once
// The visible subscriptions in memory: the list and the management groups, which can fail
// independently.

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "reconcile/subscription_source.h"

namespace defenderd {

// Thread-safe.
class FakeSubscriptionSource final : public SubscriptionSource {
 public:
  ArmResult<Discovered> list(const std::optional<TenantId>& tenant, bool groups,
                             const std::stop_token& stop) override;

  // Adds it, or replaces the one with this id.
  void put(DiscoveredSubscription subscription);
  void remove(SubscriptionId id);
  // Every listing fails like this, until nullopt.
  void fail(std::optional<Failure> failure);
  // Those of this tenant, until nullopt.
  void fail_in(const std::optional<TenantId>& tenant, std::optional<Failure> failure);
  // The management groups are not known, until nullopt.
  void fail_groups(std::optional<Failure> failure);
  // Every listing throws, until false.
  void throw_always(bool throws);

  [[nodiscard]] int listings() const;
  // Whether the last listing asked for the management groups.
  [[nodiscard]] bool asked_for_groups() const;

 private:
  mutable std::mutex mutex_;
  std::vector<DiscoveredSubscription> subscriptions_;  // by id
  std::optional<Failure> failure_;
  std::map<std::optional<TenantId>, Failure> failures_;
  std::optional<Failure> groups_failure_;
  bool throws_ = false;
  int listings_ = 0;
  bool asked_for_groups_ = false;
};

// Enabled, below this management group ("" is none known) and with the tag env, unless "".
[[nodiscard]] DiscoveredSubscription visible(unsigned n, const std::string& group,
                                             const std::string& env = "");
// What a desired state with this one scope declares: the plan on.
[[nodiscard]] DesiredState scope_of(std::string group, std::vector<Tag> tags = {});

}  // namespace defenderd
