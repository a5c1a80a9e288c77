#include "core/desired_changes.h"

#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "core/scope_resolution.h"

namespace defenderd {
namespace {

bool looks_for_the_same(const Scope& a, const Scope& b) {
  return a.declares.tenant == b.declares.tenant &&
         iequals(a.management_group, b.management_group) && a.tags == b.tags &&
         a.all_visible == b.all_visible;
}

bool is_same(const Scope& a, const Scope& b) {
  return a.name == b.name && a.exclude == b.exclude && same_declaration(a.declares, b.declares);
}

void compare_scopes(const std::vector<Scope>& before, std::vector<Scope> after,
                    DesiredChanges& changes) {
  for (const Scope& scope : before) {
    const auto found = std::find_if(after.begin(), after.end(), [&](const Scope& other) {
      return looks_for_the_same(scope, other);
    });
    if (found == after.end()) {
      changes.scopes_left.push_back(scope);
      continue;
    }
    if (!is_same(scope, *found)) changes.scopes_changed.push_back({scope, *found});
    after.erase(found);  // each counts once
  }
  changes.scopes_joined = std::move(after);
}

}  // namespace

DesiredChanges changes_between(const DesiredState& before, const DesiredState& after) {
  DesiredChanges changes;
  std::unordered_map<SubscriptionId, const Declaration*> declared;
  declared.reserve(before.subscriptions.size());
  for (const Declaration& declaration : before.subscriptions)
    declared.emplace(declaration->id, &declaration);
  for (const Declaration& declaration : after.subscriptions) {
    const auto was = declared.find(declaration->id);
    if (was == declared.end()) {
      changes.joined.push_back(declaration);
      continue;
    }
    const Declaration& old = *was->second;
    if (!same_declaration(*old, *declaration))
      changes.changed.push_back({old, declaration, disagreements(*old, *declaration)});
    declared.erase(was);
  }
  for (const Declaration& declaration : before.subscriptions) {
    if (declared.contains(declaration->id)) changes.left.push_back(declaration);
  }
  compare_scopes(before.scopes, after.scopes, changes);
  return changes;
}

}  // namespace defenderd
