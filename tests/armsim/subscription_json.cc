#include "armsim/subscription_json.h"

#include <string_view>
#include <utility>
#include <vector>

#include "armsim/ai_account_json.h"
#include "armsim/json_keys.h"
#include "base/text.h"

namespace armsim {
namespace {

using defenderd::Done;
using defenderd::Error;
using defenderd::Result;
using defenderd::Unexpected;

constexpr Names<Registration, 4> kRegistrations{{{"NotRegistered", Registration::NotRegistered},
                                                 {"Registering", Registration::Registering},
                                                 {"Registered", Registration::Registered},
                                                 {"Unregistered", Registration::Unregistered}}};
constexpr Names<Caller::Kind, 4> kCallers{{{"service", Caller::Kind::Service},
                                           {"user", Caller::Kind::User},
                                           {"application", Caller::Kind::Application},
                                           {"policy", Caller::Kind::Policy}}};
constexpr Names<Access, 3> kAccess{
    {{"none", Access::None}, {"read", Access::Read}, {"write", Access::Write}}};

bool parse_extensions(const Json& json, Plan& plan) {
  if (!json.is_object()) return false;
  for (const auto& [name, value] : json.items()) {
    if (value.is_null()) {
      std::erase_if(plan.extensions, [&, &wanted = name](const Extension& extension) {
        return defenderd::iequals(extension.name, wanted);
      });
      continue;
    }
    bool enabled = false;
    if (!parse_on(value, enabled)) return false;
    plan.set(name, enabled);
  }
  return true;
}

bool parse_list(const Json& json, std::vector<std::string>& into) {
  if (!json.is_array()) return false;
  into.clear();
  for (const Json& item : json) {
    if (!item.is_string()) return false;
    into.push_back(item.get<std::string>());
  }
  return true;
}

bool parse_plans(const Json& json, std::map<std::string, Plan>& into) {
  if (!json.is_object()) return false;
  for (const auto& [name, value] : json.items()) {
    if (!parse_on(value, into[name].on)) return false;
  }
  return true;
}

const std::vector<Key<Subscription>>& subscription_keys() {
  using S = Subscription;
  static const std::vector<Key<Subscription>> all_keys{
      {"id", "a GUID", [](S& s, const Json& j) { return parse_text(j, s.id); }},
      {"name", "text", [](S& s, const Json& j) { return parse_text(j, s.name); }},
      {"tenant", "a GUID", [](S& s, const Json& j) { return parse_text(j, s.tenant); }},
      {"managedBy", "a list of GUIDs",
       [](S& s, const Json& j) { return parse_list(j, s.managed_by); }},
      {"challenge", "text", [](S& s, const Json& j) { return parse_text(j, s.challenge); }},
      {"state", "Enabled, Warned, PastDue, Disabled or Deleted",
       [](S& s, const Json& j) {
         static constexpr Names<std::string_view, 5> kStates{{{"Enabled", "Enabled"},
                                                              {"Warned", "Warned"},
                                                              {"PastDue", "PastDue"},
                                                              {"Disabled", "Disabled"},
                                                              {"Deleted", "Deleted"}}};
         std::string_view state;
         if (!parse_name(kStates, j, state)) return false;
         s.state = state;
         return true;
       }},
      {"registered", "on or off",
       [](S& s, const Json& j) {
         bool on = false;
         if (!parse_on(j, on)) return false;
         s.registration = on ? Registration::Registered : Registration::NotRegistered;
         return true;
       }},
      {"registration", "NotRegistered, Registering, Registered or Unregistered",
       [](S& s, const Json& j) { return parse_name(kRegistrations, j, s.registration); }},
      {"registeringPolls", "a whole number",
       [](S& s, const Json& j) { return parse_number(j, s.registering_polls); }},
      {"access", "none, read or write",
       [](S& s, const Json& j) { return parse_name(kAccess, j, s.access); }},
      {"mayRegister", "on or off", [](S& s, const Json& j) { return parse_on(j, s.may_register); }},
      {"planOffered", "on or off", [](S& s, const Json& j) { return parse_on(j, s.plan_offered); }},
      {"locked", "on or off", [](S& s, const Json& j) { return parse_on(j, s.locked); }},
      {"deniedByPolicy", "on or off",
       [](S& s, const Json& j) { return parse_on(j, s.denied_by_policy); }},
      {"plan", "on or off",
       [](S& s, const Json& j) {
         if (!parse_on(j, s.plan.on)) return false;
         if (!s.plan.on) s.plan.extensions.clear();
         return true;
       }},
      {"extensions", "an object of names with on, off or null",
       [](S& s, const Json& j) { return parse_extensions(j, s.plan); }},
      {"activityReadable", "on or off",
       [](S& s, const Json& j) { return parse_on(j, s.activity_readable); }},
      {"inGraph", "on or off", [](S& s, const Json& j) { return parse_on(j, s.in_graph); }},
      {"tags", "an object of names with texts",
       [](S& s, const Json& j) { return parse_texts(j, s.tags); }},
      {"managementGroups", "a list of names, the nearest first",
       [](S& s, const Json& j) { return parse_list(j, s.management_groups); }},
      {"enforce", "text", [](S& s, const Json& j) { return parse_text(j, s.plan.enforce); }},
      {"properties", "an object",
       [](S& s, const Json& j) {
         s.plan.properties = j.is_object() ? j.dump() : "";
         return j.is_object() || j.is_null();
       }},
      {"failingExtensions", "an object of names with messages",
       [](S& s, const Json& j) { return parse_texts(j, s.failing_extensions); }},
      {"failingDisables", "an object of names with messages",
       [](S& s, const Json& j) { return parse_texts(j, s.failing_disables); }},
      {"failedExtensions", "an object of names with messages",
       [](S& s, const Json& j) { return parse_texts(j, s.failed_extensions); }},
      {"refusedExtensions", "an object of names with messages",
       [](S& s, const Json& j) { return parse_texts(j, s.refused_extensions); }},
      {"refusedPlan", "text", [](S& s, const Json& j) { return parse_text(j, s.refused_plan); }},
      {"otherPlans", "an object of names with on or off",
       [](S& s, const Json& j) { return parse_plans(j, s.other_plans); }},
      {"aiAccounts", "", {}, [](S& s, const Json& j) { return change(s.ai_accounts, j); }},
      {"aiRegistered", "on or off",
       [](S& s, const Json& j) { return parse_on(j, s.ai_registered); }},
      {"deniedAiReads",
       "none, all, or some of accounts,deployments,raiPolicies,defenderForAISettings",
       [](S& s, const Json& j) {
         const auto denied =
             j.is_string() ? parse_denied_reads(j.get<std::string>()) : std::nullopt;
         if (denied) s.denied_ai_reads = *denied;
         return denied.has_value();
       }}};
  return all_keys;
}

}  // namespace

Json to_json(const Subscription& subscription) {
  const auto on = [](bool value) { return value ? "on" : "off"; };
  const Plan& plan = subscription.plan;
  Json extensions = Json::object();
  for (const Extension& extension : plan.extensions)
    extensions[extension.name] = on(extension.enabled);
  Json others = Json::object();
  for (const auto& [name, other] : subscription.other_plans) others[name] = on(other.on);
  return {{"id", subscription.id},
          {"name", subscription.name},
          {"tenant", subscription.tenant},
          {"managedBy", subscription.managed_by},
          {"challenge", subscription.challenge},
          {"state", subscription.state},
          {"registration", name_of(kRegistrations, subscription.registration)},
          {"registeringPolls", subscription.registering_polls},
          {"access", name_of(kAccess, subscription.access)},
          {"mayRegister", on(subscription.may_register)},
          {"planOffered", on(subscription.plan_offered)},
          {"locked", on(subscription.locked)},
          {"deniedByPolicy", on(subscription.denied_by_policy)},
          {"plan", on(plan.on)},
          {"extensions", std::move(extensions)},
          {"activityReadable", on(subscription.activity_readable)},
          {"inGraph", on(subscription.in_graph)},
          {"tags", subscription.tags},
          {"managementGroups", subscription.management_groups},
          {"enforce", plan.enforce},
          {"properties", plan.properties.empty() ? Json() : Json::parse(plan.properties)},
          {"failingExtensions", subscription.failing_extensions},
          {"failingDisables", subscription.failing_disables},
          {"failedExtensions", subscription.failed_extensions},
          {"refusedExtensions", subscription.refused_extensions},
          {"refusedPlan", subscription.refused_plan},
          {"otherPlans", std::move(others)},
          {"aiAccounts", to_json(subscription.ai_accounts)},
          {"aiRegistered", on(subscription.ai_registered)},
          {"deniedAiReads", to_text(subscription.denied_ai_reads)}};
}

Result<Done> change(Subscription& subscription, const Json& json) {
  Subscription changed = subscription;
  auto done = take_keys(changed, json, subscription_keys());
  if (!done) return done;
  if (!changed.plan.on && !changed.plan.extensions.empty())
    return Unexpected(Error{"'extensions' need 'plan: on'"});
  subscription = std::move(changed);
  return Done{};
}

Result<Caller> caller_from(const Json& json) {
  static const std::vector<Key<Caller>> keys{
      {"kind", "user, application, policy or service",
       [](Caller& caller, const Json& j) { return parse_name(kCallers, j, caller.kind); }},
      {"name", "text", [](Caller& caller, const Json& j) { return parse_text(j, caller.name); }},
      {"appId", "a GUID",
       [](Caller& caller, const Json& j) { return parse_text(j, caller.app_id); }},
      {"objectId", "a GUID",
       [](Caller& caller, const Json& j) { return parse_text(j, caller.object_id); }},
      {"address", "an IP address",
       [](Caller& caller, const Json& j) { return parse_text(j, caller.address); }}};
  Caller caller;
  if (auto done = take_keys(caller, json, keys); !done) return Unexpected(done.error());
  if (caller.kind == Caller::Kind::User && caller.app_id.empty())
    caller.app_id = Caller::user("").app_id;
  return caller;
}

}  // namespace armsim
