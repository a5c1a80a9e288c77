#include "core/scope.h"

#include <algorithm>

#include "base/fold_case.h"
#include "base/text.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxScopeText = 256;  // bytes, of what a scope selects

bool has_tag(const std::vector<Tag>& tags, const Tag& wanted) {
  return std::any_of(tags.begin(), tags.end(), [&](const Tag& tag) {
    return tag.value == wanted.value && same_but_for_case(tag.name, wanted.name);
  });
}

bool in_group(const DiscoveredSubscription& subscription, std::string_view group) {
  const auto& above = subscription.management_groups;
  return above && std::any_of(above->begin(), above->end(), [&](const std::string& candidate) {
           return iequals(candidate, group);
         });
}

void append_item(std::string& list, std::string_view item) {
  if (!list.empty()) list += ", ";
  list += item;
}

}  // namespace

bool takes_writes(std::string_view state) {
  return iequals(state, "Enabled") || iequals(state, "Warned") || iequals(state, "PastDue");
}

bool matches(const Scope& scope, const DiscoveredSubscription& subscription) {
  if (scope.declares.tenant != subscription.tenant) return false;
  if (!scope.management_group.empty() && !in_group(subscription, scope.management_group)) {
    return false;
  }
  return std::all_of(scope.tags.begin(), scope.tags.end(),
                     [&](const Tag& tag) { return has_tag(subscription.tags, tag); }) &&
         !std::binary_search(scope.exclude.begin(), scope.exclude.end(), subscription.id);
}

std::string selection_text(const Scope& scope) {
  std::string wanted;
  if (!scope.management_group.empty())
    append_item(wanted, "managementGroup " + scope.management_group);
  std::string tags;
  for (const Tag& tag : scope.tags) append_item(tags, tag.name + "=" + tag.value);
  if (!tags.empty()) append_item(wanted, "tags " + tags);
  if (scope.all_visible) append_item(wanted, "allVisible");
  return printable(wanted, kMaxScopeText);
}

std::string text_of(const Scope& scope) {
  std::string text = "scope ";
  if (!scope.name.empty()) text += scope.name + " ";
  return text + scope.declares.source + " (" + selection_text(scope) + ")";
}

std::string advice_for_no_visibility(std::string_view or_else) {
  return "no subscription is visible to the identity; assign it the role `defenderd` of "
         "deploy/azure "
         "(to observe: `defenderd observer`) on the subscriptions or on their management group" +
         std::string(or_else) + ". A new role can take a few minutes to take effect";
}

Failure visibility_lost() {
  Failure failure;
  failure.reason = Reason::Forbidden;
  failure.next = NextTry::Slow;
  failure.message =
      "no subscription is visible to the identity any more, probably because its role was removed: "
      "assign the role again";
  return failure;
}

std::string why_scopes_are_empty(std::size_t visible) {
  if (visible == 0) return advice_for_no_visibility();
  return (visible == 1
              ? "the only visible subscription does not match"
              : "none of the " + std::to_string(visible) + " visible subscriptions matches") +
         std::string(
             "; check the spelling of its management group and tags (names of tags ignore "
             "case, values do not)");
}

std::string count_text(std::size_t subscriptions, std::size_t scopes) {
  std::string some = std::to_string(scopes) + (scopes == 1 ? " scope" : " scopes");
  if (scopes > 0 && subscriptions == 0) return some;
  const std::string text =
      std::to_string(subscriptions) + (subscriptions == 1 ? " subscription" : " subscriptions");
  return scopes == 0 ? text : text + " and " + some;
}

std::set<std::optional<TenantId>> tenants_of(const DesiredState& declared,
                                             const std::optional<TenantId>& default_tenant) {
  std::set<std::optional<TenantId>> tenants{std::nullopt};
  std::optional<TenantId> last;  // neighbors in a file are mostly of the same tenant
  const auto add_one = [&](const std::optional<TenantId>& tenant) {
    if (tenant == last) return;
    last = tenant;
    if (tenant != default_tenant) tenants.insert(tenant);
  };
  for (const DesiredSubscription& entry : declared.subscriptions) add_one(entry.tenant);
  for (const Scope& scope : declared.scopes) add_one(scope.declares.tenant);
  return tenants;
}

void forget_default_tenant(std::vector<Scope>& scopes,
                           const std::optional<TenantId>& default_tenant) {
  for (Scope& scope : scopes) {
    if (scope.declares.tenant == default_tenant) scope.declares.tenant.reset();
  }
}

}  // namespace defenderd
