#pragma once
// What all entries and scopes of the desired state mean together, given the list of subscriptions.
// Pure.
//
// An entry of `subscriptions` takes precedence over every scope. Scopes that cover the same
// subscription must agree; if they do not, it is left as it is.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/desired_state.h"
#include "core/ids.h"
#include "core/scope.h"

namespace defenderd {

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
  std::optional<TenantId> listed_in = {};  // whose tokens reach it; nullopt: the default tenant
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

}  // namespace defenderd
