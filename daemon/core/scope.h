#pragma once
// What the scopes of the desired state come to, once it is known which subscriptions there are.
// Pure.
//
// An entry of `subscriptions` wins over every scope. Scopes that cover the same subscription must
// agree on what is to be done with it; where they do not, it is left alone.

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

// A subscription that the identity sees.
struct DiscoveredSubscription {
  SubscriptionId id;
  std::string name = {};                // as people gave it: any text
  std::optional<TenantId> tenant = {};  // through which it was seen; nullopt: the default one
  std::optional<TenantId> home = {};    // its own
  std::string state = {};               // as ARM says: Enabled, Warned, PastDue, Disabled, Deleted
  std::vector<Tag> tags = {};
  // The ids of those above it, in any order; nullopt: not known.
  std::optional<std::vector<std::string>> management_groups = {};
  bool operator==(const DiscoveredSubscription&) const = default;
};

// The visible subscriptions, by id, without those that are Deleted.
struct Discovered {
  std::vector<DiscoveredSubscription> subscriptions;
  // Why their management groups are not known, although they were asked for.
  std::optional<Failure> groups_failed = {};
};

// Whether ARM takes writes in this state of a subscription: Enabled, Warned, PastDue.
[[nodiscard]] bool takes_writes(std::string_view state);

// Whether the scope covers it. What is not known does not match.
[[nodiscard]] bool matches(const Scope& scope, const DiscoveredSubscription& subscription);

// "scope subscriptions.yaml:30 (managementGroup mg-prod, tags env=prod)"
[[nodiscard]] std::string text_of(const Scope& scope);

// The keys in which two declarations want something else done. Texts for people are none of them.
[[nodiscard]] std::vector<std::string> disagreements(const DesiredSubscription& a,
                                                     const DesiredSubscription& b);

// Two scopes that disagree.
struct ScopeConflict {
  std::string first;
  std::string second;
  std::vector<std::string> keys;
  std::vector<SubscriptionId> subscriptions;  // sorted; left alone because of this
  bool operator==(const ScopeConflict&) const = default;
};
// One line that names both and says what to do.
[[nodiscard]] std::string text_of(const ScopeConflict& conflict);

// "12 subscriptions", "12 subscriptions and 2 scopes", "1 scope"
[[nodiscard]] std::string count_text(std::size_t subscriptions, std::size_t scopes);

// Why a subscription in sight is not kept.
enum class Uncovered {
  NotDeclared,     // nothing speaks of it
  ScopesDisagree,  // scopes do, each something else
  NotEnabled,      // ARM takes no writes to it, so that no scope covers it
};
struct UncoveredSubscription {
  SubscriptionId id;
  std::string name = {};  // fit to be shown
  std::optional<TenantId> home = {};
  std::string state = {};
  Uncovered why = Uncovered::NotDeclared;
  bool operator==(const UncoveredSubscription&) const = default;
};

struct Resolution {
  // The entries in their order, then what the scopes cover by id. No scopes any more.
  DesiredState effective;
  std::vector<ScopeConflict> conflicts;
  // In sight, neither declared nor excluded by a scope; by id.
  std::vector<UncoveredSubscription> uncovered;
  std::size_t covered = 0;  // by scopes alone
};
// `discovered` in any order; one that is seen through several tenants stands there for each. Takes
// time in proportion to what there is, however many scopes there are.
[[nodiscard]] Resolution resolve(const DesiredState& declared,
                                 const std::vector<DiscoveredSubscription>& discovered);

// Through which tenants one must look to see everything that `declared` speaks of: the default one,
// and each that is named. `default_tenant` is the default one's id, where that is known.
[[nodiscard]] std::set<std::optional<TenantId>> tenants_of(
    const DesiredState& declared, const std::optional<TenantId>& default_tenant);
// Scopes that name the default tenant by its id look through it like those that name none.
void forget_default_tenant(std::vector<Scope>& scopes,
                           const std::optional<TenantId>& default_tenant);

}  // namespace defenderd
