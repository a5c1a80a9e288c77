#pragma once
// A scope of the desired state, and the visible subscriptions that it may cover. Pure.

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/desired_state.h"
#include "core/failure.h"
#include "core/ids.h"

namespace defenderd {

// A subscription that is visible to the identity.
struct DiscoveredSubscription {
  SubscriptionId id;
  std::string name = {};                // set by people: any text
  std::optional<TenantId> tenant = {};  // where it was listed; nullopt: the default one
  std::optional<TenantId> home = {};    // its own
  std::string state = {};               // in ARM: Enabled, Warned, PastDue, Disabled, Deleted
  std::vector<Tag> tags = {};
  // The ids of its management groups at all levels, in any order; nullopt: unknown.
  std::optional<std::vector<std::string>> management_groups = {};
  bool operator==(const DiscoveredSubscription&) const = default;
};

// The visible subscriptions, by id, without those that are Deleted.
struct Discovered {
  std::vector<DiscoveredSubscription> subscriptions;
  // Why their management groups are not known, although they were requested.
  std::optional<Failure> groups_failed = {};
};

// Whether ARM accepts writes in this state of a subscription: Enabled, Warned, PastDue.
[[nodiscard]] bool takes_writes(std::string_view state);

// Whether the scope covers it. Unknown values do not match.
[[nodiscard]] bool matches(const Scope& scope, const DiscoveredSubscription& subscription);

// "managementGroup mg-prod, tags env=prod"
[[nodiscard]] std::string selection_text(const Scope& scope);

// "scope subscriptions.yaml:30 (managementGroup mg-prod, tags env=prod)"
[[nodiscard]] std::string text_of(const Scope& scope);

// Why a scope selects nothing, and what to do; `visible` subscriptions are there.
[[nodiscard]] std::string why_scopes_are_empty(std::size_t visible);
// What an identity needs that sees no subscription; `or_else` is another possible remedy.
[[nodiscard]] std::string advice_for_no_visibility(std::string_view or_else = {});
// What an empty list means where an earlier one was not: no subscription has left.
[[nodiscard]] Failure visibility_lost();

// "12 subscriptions", "12 subscriptions and 2 scopes", "1 scope"
[[nodiscard]] std::string count_text(std::size_t subscriptions, std::size_t scopes);

// The tenants to list for everything that `declared` mentions: the default one, and each that is
// named. `default_tenant` is the id of the default one, if known.
[[nodiscard]] std::set<std::optional<TenantId>> tenants_of(
    const DesiredState& declared, const std::optional<TenantId>& default_tenant);
// Scopes that name the default tenant by its id are treated like those that name none.
void forget_default_tenant(std::vector<Scope>& scopes,
                           const std::optional<TenantId>& default_tenant);

}  // namespace defenderd
