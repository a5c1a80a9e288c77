#pragma once
// Scopes and the subscriptions that they may cover, in few words.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/scope.h"
#include "support/ids.h"

namespace defenderd {

using Groups = std::optional<std::vector<std::string>>;

inline const TenantId kOther = *TenantId::parse("1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9");

inline DiscoveredSubscription seen(unsigned n, std::vector<Tag> tags = {},
                                   Groups groups = std::nullopt) {
  DiscoveredSubscription one;
  one.id = subscription_id(n);
  one.name = "sub-" + std::to_string(n);
  one.state = "Enabled";
  one.tags = std::move(tags);
  one.management_groups = std::move(groups);
  return one;
}

inline Scope scope(int line, std::vector<Tag> tags, std::string group = "") {
  Scope one;
  one.tags = std::move(tags);
  one.management_group = std::move(group);
  one.all_visible = one.tags.empty() && one.management_group.empty();
  one.declares.mode = Mode::Enforce;
  one.declares.plan = true;
  one.declares.source = "a.yaml:" + std::to_string(line);
  return one;
}

inline DesiredSubscription entry(unsigned n) {
  DesiredSubscription one;
  one.id = subscription_id(n);
  one.source = "a.yaml:1";
  return one;
}

}  // namespace defenderd
