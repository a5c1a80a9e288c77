#include "armsim/subscription_json.h"

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/time_text.h"

namespace armsim {
namespace {

using defenderd::Done;
using defenderd::Error;
using defenderd::Result;
using defenderd::Unexpected;

template <class Value, std::size_t Size>
using Names = std::array<std::pair<std::string_view, Value>, Size>;

constexpr Names<Registration, 4> kRegistrations{{{"NotRegistered", Registration::NotRegistered},
                                                 {"Registering", Registration::Registering},
                                                 {"Registered", Registration::Registered},
                                                 {"Unregistered", Registration::Unregistered}}};
constexpr Names<Access, 3> kAccess{
    {{"none", Access::None}, {"read", Access::Read}, {"write", Access::Write}}};

template <class Value, std::size_t Size>
bool parse_name(const Names<Value, Size>& names, const Json& json, Value& into) {
  if (!json.is_string()) return false;
  for (const auto& [name, value] : names) {
    if (!defenderd::iequals(name, json.get_ref<const std::string&>())) continue;
    into = value;
    return true;
  }
  return false;
}

template <class Value, std::size_t Size>
std::string_view name_of(const Names<Value, Size>& names, Value value) {
  for (const auto& [name, known] : names) {
    if (known == value) return name;
  }
  return "";
}

bool parse_on(const Json& json, bool& into) {
  if (json.is_boolean()) {
    into = json.get<bool>();
    return true;
  }
  if (!json.is_string()) return false;
  const std::string text = defenderd::to_lower(json.get<std::string>());
  into = text == "on" || text == "true" || text == "yes";
  return into || text == "off" || text == "false" || text == "no";
}

bool parse_text(const Json& json, std::string& into) {
  if (!json.is_string()) return false;
  into = json.get<std::string>();
  return true;
}

bool parse_number(const Json& json, int& into) {
  if (!json.is_number_integer()) return false;
  into = json.get<int>();
  return true;
}

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

bool parse_texts(const Json& json, std::map<std::string, std::string>& into) {
  if (!json.is_object()) return false;
  into.clear();
  for (const auto& [name, value] : json.items()) {
    if (!value.is_string()) return false;
    into[name] = value.get<std::string>();
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

// One key of an object: its name, the form of its value for the error, and how to take it.
template <class Target>
struct Key {
  std::string_view name;
  std::string_view form;
  std::function<bool(Target&, const Json&)> take;
};

template <class Target>
Result<Done> take_keys(Target& target, const Json& json, const std::vector<Key<Target>>& keys) {
  if (!json.is_object()) return Unexpected(Error{"expected an object"});
  for (const auto& [name, value] : json.items()) {
    const Key<Target>* known = nullptr;
    std::vector<std::string_view> names;
    for (const Key<Target>& key : keys) {
      names.push_back(key.name);
      if (key.name == name) known = &key;
    }
    if (known == nullptr) {
      const std::string_view near = defenderd::nearest(name, names);
      return Unexpected(Error{"unknown key '" + name + "'" +
                              (near.empty() ? "" : ", did you mean '" + std::string(near) + "'?")});
    }
    if (!known->take(target, value)) {
      return Unexpected(
          Error{"'" + name + "' must be " + std::string(known->form) + ", not " + value.dump()});
    }
  }
  return Done{};
}

const std::vector<Key<Subscription>>& subscription_keys() {
  using S = Subscription;
  static const std::vector<Key<Subscription>> kKeys{
      {"id", "a GUID", [](S& s, const Json& j) { return parse_text(j, s.id); }},
      {"name", "text", [](S& s, const Json& j) { return parse_text(j, s.name); }},
      {"tenant", "a GUID", [](S& s, const Json& j) { return parse_text(j, s.tenant); }},
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
      {"enforce", "text", [](S& s, const Json& j) { return parse_text(j, s.plan.enforce); }},
      {"properties", "an object",
       [](S& s, const Json& j) {
         s.plan.properties = j.is_object() ? j.dump() : "";
         return j.is_object() || j.is_null();
       }},
      {"failingExtensions", "an object of names with messages",
       [](S& s, const Json& j) { return parse_texts(j, s.failing_extensions); }},
      {"otherPlans", "an object of names with on or off",
       [](S& s, const Json& j) { return parse_plans(j, s.other_plans); }}};
  return kKeys;
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
          {"state", subscription.state},
          {"registration", name_of(kRegistrations, subscription.registration)},
          {"registeringPolls", subscription.registering_polls},
          {"access", name_of(kAccess, subscription.access)},
          {"planOffered", on(subscription.plan_offered)},
          {"locked", on(subscription.locked)},
          {"deniedByPolicy", on(subscription.denied_by_policy)},
          {"plan", on(plan.on)},
          {"extensions", std::move(extensions)},
          {"enforce", plan.enforce},
          {"properties", plan.properties.empty() ? Json() : Json::parse(plan.properties)},
          {"failingExtensions", subscription.failing_extensions},
          {"otherPlans", std::move(others)}};
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

Json to_json(const Fault& fault) {
  return {{"kind", to_string(fault.kind)},
          {"operation", to_string(fault.operation)},
          {"subscription", fault.subscription},
          {"times", fault.times},
          {"probability", fault.probability},
          {"seed", fault.seed},
          {"status", fault.status},
          {"code", fault.code},
          {"message", fault.message},
          {"retryAfter", fault.retry_after},
          {"delay", defenderd::format_duration(fault.delay)},
          {"hold", fault.hold},
          {"bytes", fault.bytes}};
}

Result<Fault> fault_from(const Json& json) {
  // The kind first: it decides on the defaults of the rest.
  Fault fault;
  if (json.is_object() && json.contains("kind")) {
    const auto kind =
        json["kind"].is_string() ? parse_fault_kind(json["kind"].get<std::string>()) : std::nullopt;
    if (!kind) return Unexpected(Error{"unknown kind of fault " + json["kind"].dump()});
    fault = Fault::of(*kind, Operation::Any);
  }
  static const std::vector<Key<Fault>> kKeys{
      {"kind", "a kind", [](Fault&, const Json&) { return true; }},
      {"operation", "any, token, read, write, list, provider, register, subscriptions or discovery",
       [](Fault& f, const Json& j) {
         const auto operation =
             j.is_string() ? parse_operation(j.get<std::string>()) : std::nullopt;
         if (operation) f.operation = *operation;
         return operation.has_value();
       }},
      {"subscription", "a GUID",
       [](Fault& f, const Json& j) { return parse_text(j, f.subscription); }},
      {"times", "a whole number", [](Fault& f, const Json& j) { return parse_number(j, f.times); }},
      {"probability", "a number from 0 to 1",
       [](Fault& f, const Json& j) {
         if (j.is_number()) f.probability = j.get<double>();
         return j.is_number() && f.probability >= 0 && f.probability <= 1;
       }},
      {"seed", "a whole number",
       [](Fault& f, const Json& j) {
         if (j.is_number_unsigned()) f.seed = j.get<std::uint64_t>();
         return j.is_number_unsigned();
       }},
      {"status", "an HTTP status",
       [](Fault& f, const Json& j) {
         return parse_number(j, f.status) && f.status >= 200 && f.status <= 599;
       }},
      {"code", "text", [](Fault& f, const Json& j) { return parse_text(j, f.code); }},
      {"message", "text", [](Fault& f, const Json& j) { return parse_text(j, f.message); }},
      {"retryAfter", "text or a number",
       [](Fault& f, const Json& j) {
         if (j.is_number_integer()) f.retry_after = j.dump();
         return j.is_number_integer() || parse_text(j, f.retry_after);
       }},
      {"delay", "a duration like 250ms",
       [](Fault& f, const Json& j) {
         const auto delay =
             j.is_string() ? defenderd::parse_duration(j.get<std::string>()) : std::nullopt;
         if (delay) f.delay = std::chrono::duration_cast<std::chrono::milliseconds>(*delay);
         return delay.has_value();
       }},
      {"hold", "true or false", [](Fault& f, const Json& j) { return parse_on(j, f.hold); }},
      {"bytes", "a whole number", [](Fault& f, const Json& j) {
         if (j.is_number_unsigned()) f.bytes = j.get<std::size_t>();
         return j.is_number_unsigned();
       }}};
  auto done = take_keys(fault, json, kKeys);
  if (!done) return Unexpected(done.error());
  return fault;
}

}  // namespace armsim
