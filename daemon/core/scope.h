#pragma once
// What the scopes of the desired state mean, given the list of subscriptions.
// Pure.
//
// An entry of `subscriptions` takes precedence over every scope. Scopes that cover the same
// subscription must agree; if they do not, it is left as it is.

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

// "scope subscriptions.yaml:30 (managementGroup mg-prod, tags env=prod)"
[[nodiscard]] std::string text_of(const Scope& scope);

// The keys in which two declarations disagree. Descriptive text does not count.
[[nodiscard]] std::vector<std::string> disagreements(const DesiredSubscription& a,
                                                     const DesiredSubscription& b);

// Two scopes that disagree.
struct ScopeConflict {
  std::string first;
  std::string second;
  std::vector<std::string> keys;
  std::vector<SubscriptionId> subscriptions;  // sorted; left as they are because of this
  bool operator==(const ScopeConflict&) const = default;
};
// One line that names both scopes and says what to do.
[[nodiscard]] std::string text_of(const ScopeConflict& conflict);

// Why a scope selects nothing, and what to do; `visible` subscriptions are there.
[[nodiscard]] std::string why_scopes_are_empty(std::size_t visible);
// What an identity needs that sees no subscription; `or_else` is another possible remedy.
[[nodiscard]] std::string advice_for_no_visibility(std::string_view or_else = {});

// "12 subscriptions", "12 subscriptions and 2 scopes", "1 scope"
[[nodiscard]] std::string count_text(std::size_t subscriptions, std::size_t scopes);

// Why a visible subscription is unmanaged.
enum class Uncovered {
  NotDeclared,     // no entry and no scope
  ScopesDisagree,  // several scopes that disagree
  NotEnabled,      // ARM accepts no writes, so no scope covers it
};
struct UncoveredSubscription {
  SubscriptionId id;
  std::string name = {};  // printable
  std::optional<TenantId> home = {};
  std::string state = {};
  Uncovered why = Uncovered::NotDeclared;
  bool operator==(const UncoveredSubscription&) const = default;
};

// How many visible subscriptions a scope selects, entries included.
struct ScopeMatches {
  std::string scope;  // its name, or where it is declared
  std::string text;   // as text_of() gives it
  std::optional<TenantId> tenant = {};
  bool needs_groups = false;
  std::size_t subscriptions = 0;
  bool operator==(const ScopeMatches&) const = default;
};

struct Resolution {
  // The entries in their order, then those covered by scopes, by id. Without scopes.
  DesiredState effective;
  std::vector<ScopeConflict> conflicts;
  // Visible, neither declared nor excluded by a scope; by id.
  std::vector<UncoveredSubscription> uncovered;
  std::size_t covered = 0;                // by scopes alone
  std::vector<ScopeMatches> scopes = {};  // in the order of the files
  std::size_t visible = 0;                // subscriptions, without those that are Deleted
};
// `discovered` may be in any order and has one item per tenant in which a subscription is visible.
// Takes time in proportion to the subscriptions, however many scopes there are.
[[nodiscard]] Resolution resolve(const DesiredState& declared,
                                 const std::vector<DiscoveredSubscription>& discovered);

// The tenants to list for everything that `declared` mentions: the default one, and each that is
// named. `default_tenant` is the id of the default one, if known.
[[nodiscard]] std::set<std::optional<TenantId>> tenants_of(
    const DesiredState& declared, const std::optional<TenantId>& default_tenant);
// Scopes that name the default tenant by its id are treated like those that name none.
void forget_default_tenant(std::vector<Scope>& scopes,
                           const std::optional<TenantId>& default_tenant);

}  // namespace defenderd
