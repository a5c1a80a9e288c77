#pragma once
// Scopes whose lists were never read: it is not known what they cover, but what is known of a
// subscription may say that they cannot cover it. Pure.

#include <optional>
#include <unordered_set>
#include <vector>

#include "core/desired_state.h"
#include "core/ids.h"
#include "core/scope.h"

namespace defenderd {

struct OpenScope {
  Scope scope;
  // Of the tenant whose tokens list for it; nullopt: not known.
  std::optional<TenantId> tenant = {};
  // What this tenant sees is known, and only the management groups are missing.
  bool listed = false;
};

class OpenScopes {
 public:
  OpenScopes() = default;
  OpenScopes(const std::vector<OpenScope>& open,
             const std::vector<DiscoveredSubscription>& visible);

  // Whether one of them may cover the subscription.
  [[nodiscard]] bool may_cover(SubscriptionId id) const;

 private:
  using Ids = std::unordered_set<SubscriptionId>;

  Ids visible_;
  Ids coverable_;  // of the visible ones
  // What the scopes exclude whose tenants are not listed, one by one.
  std::vector<std::vector<SubscriptionId>> unlisted_;
};

}  // namespace defenderd
