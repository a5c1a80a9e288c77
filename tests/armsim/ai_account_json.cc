#include "armsim/ai_account_json.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "armsim/json_keys.h"
#include "base/text.h"

namespace armsim {
namespace {

using defenderd::Done;
using defenderd::Error;
using defenderd::iequals;
using defenderd::Result;
using defenderd::Unexpected;

template <class Target>
using Keys = std::vector<Key<Target>>;

template <class Target>
Key<Target> text(std::string_view name, std::string Target::*member) {
  return {name, "text",
          [member](Target& target, const Json& json) { return parse_text(json, target.*member); }};
}

template <class Target>
Key<Target> object_text(std::string_view name, std::string Target::*member) {
  return {name, "an object", [member](Target& target, const Json& json) {
            target.*member = json.is_object() ? json.dump() : "";
            return json.is_object() || json.is_null();
          }};
}

template <class Target>
Key<Target> texts(std::string_view name, std::map<std::string, std::string> Target::*member) {
  return {name, "an object of names with texts",
          [member](Target& target, const Json& json) { return parse_texts(json, target.*member); }};
}

bool parse_maybe(const Json& json, std::optional<bool>& into) {
  bool on = false;
  into = std::nullopt;
  if (json.is_null()) return true;
  if (!parse_on(json, on)) return false;
  into = on;
  return true;
}

template <class Target, class Inner>
Key<Target> object(std::string_view name, Inner Target::*member, const Keys<Inner>& keys) {
  return {name, "", {}, [member, &keys](Target& target, const Json& json) {
            return take_keys(target.*member, json, keys);
          }};
}

// {"name": {...}, "other": null}
template <class Item>
Result<Done> change_named(std::vector<Item>& list, const Json& json, const Keys<Item>& keys) {
  if (!json.is_object()) return Unexpected(Error{"expected an object of names"});
  for (const auto& [name, value] : json.items()) {
    const auto is_it = [&wanted = name](const Item& item) { return iequals(item.name, wanted); };
    if (value.is_null()) {
      std::erase_if(list, is_it);
      continue;
    }
    auto found = std::find_if(list.begin(), list.end(), is_it);
    if (found == list.end()) {
      list.emplace_back().name = name;
      found = std::prev(list.end());
    }
    if (auto done = take_keys(*found, value, keys); !done)
      return Unexpected(Error{name + ": " + done.error().message});
  }
  return Done{};
}

template <class Target, class Item>
Key<Target> named(std::string_view name, std::vector<Item> Target::*member,
                  const Keys<Item>& keys) {
  return {name, "", {}, [member, &keys](Target& target, const Json& json) {
            return change_named(target.*member, json, keys);
          }};
}

const Keys<SystemData>& system_data_keys() {
  using S = SystemData;
  static const Keys<S> keys{text("createdBy", &S::created_by),
                            text("createdByType", &S::created_by_type),
                            text("createdAt", &S::created_at),
                            text("lastModifiedBy", &S::last_modified_by),
                            text("lastModifiedByType", &S::last_modified_by_type),
                            text("lastModifiedAt", &S::last_modified_at)};
  return keys;
}

const Keys<ContentFilter>& filter_keys() {
  using F = ContentFilter;
  static const Keys<F> keys{text("name", &F::name),
                            text("source", &F::source),
                            {"enabled", "true, false or null",
                             [](F& f, const Json& j) { return parse_maybe(j, f.enabled); }},
                            {"blocking", "true, false or null",
                             [](F& f, const Json& j) { return parse_maybe(j, f.blocking); }},
                            text("severityThreshold", &F::severity_threshold),
                            text("action", &F::action)};
  return keys;
}

Result<Done> take_filters(RaiPolicy& policy, const Json& json) {
  if (!json.is_array()) return Unexpected(Error{"expected a list of filters"});
  std::vector<ContentFilter> filters;
  for (const Json& item : json) {
    if (auto done = take_keys(filters.emplace_back(), item, filter_keys()); !done) return done;
  }
  policy.filters = std::move(filters);
  return Done{};
}

const Keys<RaiPolicy>& policy_keys() {
  using P = RaiPolicy;
  static const Keys<P> keys{text("type", &P::type),
                            text("mode", &P::mode),
                            text("basePolicyName", &P::base_policy),
                            {"contentFilters", "", {}, take_filters},
                            text("etag", &P::etag),
                            object_text("properties", &P::properties),
                            object("systemData", &P::system_data, system_data_keys())};
  return keys;
}

const Keys<Deployment>& deployment_keys() {
  using D = Deployment;
  static const Keys<D> model{text("format", &D::model_format), text("name", &D::model_name),
                             text("version", &D::model_version)};
  static const Keys<D> keys{
      text("sku", &D::sku),
      {"capacity", "a whole number",
       [](D& d, const Json& j) { return parse_number(j, d.capacity); }},
      text("provisioningState", &D::provisioning_state),
      text("deploymentState", &D::deployment_state),
      {"model", "", {}, [](D& d, const Json& j) { return take_keys(d, j, model); }},
      text("raiPolicyName", &D::rai_policy),
      texts("capabilities", &D::capabilities),
      text("etag", &D::etag),
      object_text("properties", &D::properties),
      object("systemData", &D::system_data, system_data_keys())};
  return keys;
}

const Keys<DefenderSetting>& setting_keys() {
  using S = DefenderSetting;
  static const Keys<S> keys{text("state", &S::state), text("etag", &S::etag),
                            object("systemData", &S::system_data, system_data_keys())};
  return keys;
}

const Keys<AiAccount>& account_keys() {
  using A = AiAccount;
  static const Keys<A> keys{
      text("kind", &A::kind),
      text("location", &A::location),
      text("sku", &A::sku),
      text("provisioningState", &A::provisioning_state),
      texts("capabilities", &A::capabilities),
      named("deployments", &A::deployments, deployment_keys()),
      named("raiPolicies", &A::policies, policy_keys()),
      {"systemPolicies", "on or off",
       [](A& a, const Json& j) { return parse_on(j, a.system_policies); }},
      object("defenderForAISettings", &A::defender, setting_keys()),
      {"gone", "on or off", [](A& a, const Json& j) { return parse_on(j, a.gone); }},
      object_text("properties", &A::properties),
      object("systemData", &A::system_data, system_data_keys())};
  return keys;
}

// The account that a key of the control names.
auto find_by_key(std::vector<AiAccount>& accounts, std::string_view group, std::string_view name) {
  return std::find_if(accounts.begin(), accounts.end(), [&](const AiAccount& account) {
    return iequals(account.name, name) && (group.empty() || iequals(account.resource_group, group));
  });
}

}  // namespace

Result<Done> change(std::vector<AiAccount>& accounts, const Json& json) {
  if (!json.is_object()) return Unexpected(Error{"expected an object of names"});
  for (const auto& [key, value] : json.items()) {
    const std::size_t slash = key.find('/');
    const std::string group = slash == std::string::npos ? "" : key.substr(0, slash);
    const std::string name = slash == std::string::npos ? key : key.substr(slash + 1);
    if (name.empty() || name.find('/') != std::string::npos)
      return Unexpected(Error{"an account is named group/name, not '" + key + "'"});
    auto found = find_by_key(accounts, group, name);
    if (value.is_null()) {
      if (found != accounts.end()) accounts.erase(found);
      continue;
    }
    if (found == accounts.end()) {
      accounts.emplace_back().name = name;
      if (!group.empty()) accounts.back().resource_group = group;
      found = std::prev(accounts.end());
    }
    if (auto done = take_keys(*found, value, account_keys()); !done)
      return Unexpected(Error{key + ": " + done.error().message});
  }
  return Done{};
}

}  // namespace armsim
