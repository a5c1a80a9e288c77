#include "armsim/pricings.h"

#include <array>

#include "base/text.h"

namespace armsim {
namespace {

constexpr std::array<std::string_view, 4> kApiVersions{"2018-06-01", "2022-03-01", "2023-01-01",
                                                       "2024-01-01"};

struct KnownPlan {
  std::string_view name;
  std::string_view replaced_by;  // "" = not deprecated
};
constexpr std::array<KnownPlan, 16> kPlans{{{"VirtualMachines", ""},
                                            {"SqlServers", ""},
                                            {"AppServices", ""},
                                            {"StorageAccounts", ""},
                                            {"SqlServerVirtualMachines", ""},
                                            {"KubernetesService", "Containers"},
                                            {"ContainerRegistry", "Containers"},
                                            {"KeyVaults", ""},
                                            {"Dns", "VirtualMachines"},
                                            {"Arm", ""},
                                            {"OpenSourceRelationalDatabases", ""},
                                            {"CosmosDbs", ""},
                                            {"Containers", ""},
                                            {"CloudPosture", ""},
                                            {"Api", ""},
                                            {kAiPlan, ""}}};

bool offered(const Subscription& subscription, std::string_view name) {
  return name != kAiPlan || subscription.plan_offered;
}

// Extensions came with 2023-01-01; 2018-06-01 has nothing but tier and trial.
bool has_extensions(const std::string& api_version) { return api_version >= "2023-01-01"; }
bool has_sub_plan(const std::string& api_version) { return api_version >= "2022-03-01"; }
bool has_coverage(const std::string& api_version) { return api_version >= "2024-01-01"; }

Json extension_json(const Extension& extension, const Behaviour& behaviour) {
  Json json = {{"name", extension.name}};
  if (behaviour.boolean_is_enabled) {
    json["isEnabled"] = extension.enabled;
  } else if (!extension.shown.empty()) {
    json["isEnabled"] = extension.shown;
  } else {
    json["isEnabled"] = extension.enabled ? "True" : "False";
  }
  if (!extension.properties.empty())
    json["additionalExtensionProperties"] = Json::parse(extension.properties, nullptr, false);
  return json;
}

Json extensions_json(const std::string& name, const Plan& plan, const Behaviour& behaviour,
                     const OperationStatuses& statuses) {
  Json list = Json::array();
  std::vector<Extension> shown = plan.extensions;
  if (!plan.on) {
    shown.clear();
    if (behaviour.free_shows_extensions && name == kAiPlan) shown = behaviour.default_extensions;
    for (Extension& extension : shown) extension.enabled = false;
  }
  for (const Extension& extension : shown) {
    Json json = extension_json(extension, behaviour);
    const auto status = statuses.find(extension.name);
    if (status != statuses.end()) {
      const std::string worked =
          extension.enabled ? "Successfully enabled extension" : "Successfully disabled extension";
      json["operationStatus"] = {{"code", status->second ? "Failed" : "Succeeded"},
                                 {"message", status->second.value_or(worked)}};
      // A failed extension reads as it was asked for in the PUT's answer, whatever it is later.
      if (status->second) json["isEnabled"] = behaviour.boolean_is_enabled ? Json(true) : "True";
    }
    list.push_back(std::move(json));
  }
  return list;
}

const Plan& stored_plan(const Subscription& subscription, std::string_view name) {
  static const Plan free_plan;
  if (name == kAiPlan) return subscription.plan;
  const auto found = subscription.other_plans.find(std::string(name));
  return found == subscription.other_plans.end() ? free_plan : found->second;
}

}  // namespace

std::span<const std::string_view> pricing_api_versions() { return kApiVersions; }

std::string canonical_plan_name(const Subscription& subscription, const std::string& name) {
  for (const std::string& known : plan_names(subscription)) {
    if (defenderd::iequals(known, name)) return known;
  }
  return "";
}

Plan& plan_of(Subscription& subscription, const std::string& name) {
  return name == kAiPlan ? subscription.plan : subscription.other_plans[name];
}

std::vector<std::string> plan_names(const Subscription& subscription) {
  std::vector<std::string> names;
  for (const KnownPlan& plan : kPlans) {
    if (offered(subscription, plan.name)) names.emplace_back(plan.name);
  }
  return names;
}

HttpAnswer unknown_plan(const Subscription& subscription, const Behaviour& behaviour,
                        const std::string& name) {
  std::string possible;
  for (const std::string& known : plan_names(subscription))
    possible += (possible.empty() ? "" : ", ") + known;
  return arm_error(behaviour.unknown_plan_status, "InvalidInput",
                   "The name '" + name +
                       "' is not a valid name. Possible pricing bundle names: " + possible + ".");
}

Json pricing_json(const Subscription& subscription, const std::string& name,
                  const Behaviour& behaviour, const std::string& api_version,
                  const OperationStatuses& statuses) {
  const Plan& plan = stored_plan(subscription, name);
  Json properties = {{"pricingTier", plan.on ? "Standard" : "Free"}};
  if (!plan.sub_plan.empty() && has_sub_plan(api_version)) properties["subPlan"] = plan.sub_plan;
  properties["freeTrialRemainingTime"] = "PT0S";
  if (has_extensions(api_version) && plan.on) {
    properties["enablementTime"] =
        plan.enablement_time.empty() ? "2026-01-01T00:00:00.1234567Z" : plan.enablement_time;
  }
  if (has_coverage(api_version)) {
    properties["enforce"] = plan.enforce;
    properties["resourcesCoverageStatus"] = plan.on ? "FullyCovered" : "NotCovered";
  }
  if (has_sub_plan(api_version)) {
    for (const KnownPlan& known : kPlans) {
      if (known.name != name || known.replaced_by.empty()) continue;
      properties["deprecated"] = true;
      properties["replacedBy"] = Json::array({known.replaced_by});
    }
  }
  if (has_extensions(api_version)) {
    Json extensions = extensions_json(name, plan, behaviour, statuses);
    if (!extensions.empty()) properties["extensions"] = std::move(extensions);
  }
  if (!plan.properties.empty()) {
    const Json more = Json::parse(plan.properties, nullptr, false);
    if (more.is_object()) properties.update(more);
  }
  const std::string provider =
      behaviour.lower_case_ids ? "microsoft.security/pricings" : "Microsoft.Security/pricings";
  return {{"id", "/subscriptions/" + subscription.id + "/providers/" + provider + "/" + name},
          {"name", name},
          {"type", provider},
          {"properties", std::move(properties)}};
}

}  // namespace armsim
