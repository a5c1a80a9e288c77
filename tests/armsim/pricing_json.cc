#include "armsim/pricings.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace armsim {
namespace {

constexpr std::array<std::string_view, 4> kApiVersions{"2018-06-01", "2022-03-01", "2023-01-01",
                                                       "2024-01-01"};

constexpr std::array<std::string_view, 3> kAiExtensions{
    "AIPromptEvidence", "AIPromptSharingWithPurview", "AIModelScanner"};

struct KnownPlan {
  std::string_view name;
  std::string_view replaced_by;     // "" = not deprecated
  std::string_view sub_plans = {};  // separated by blanks
  // Only where it is already.
  // https://github.com/Azure/Azure-Landing-Zones/issues/4203
  std::string_view retired_sub_plan = {};
};
constexpr std::array<KnownPlan, 16> kPlans{
    {{"VirtualMachines", "", "P1 P2"},
     {"SqlServers", ""},
     {"AppServices", ""},
     {"StorageAccounts", "", "DefenderForStorageV2 PerStorageAccount", "PerTransaction"},
     {"SqlServerVirtualMachines", ""},
     {"KubernetesService", "Containers"},
     {"ContainerRegistry", "Containers"},
     {"KeyVaults", "", "PerKeyVault", "PerTransaction"},
     {"Dns", "VirtualMachines"},
     {"Arm", "", "PerSubscription", "PerApiCall"},
     {"OpenSourceRelationalDatabases", ""},
     {"CosmosDbs", ""},
     {"Containers", ""},
     {"CloudPosture", ""},
     {"Api", "", "P1 P2 P3 P4 P5"},
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
  // A plan that is on always lists what it offers.
  if (!plan.on || shown.empty()) {
    shown.clear();
    if (name == kAiPlan && (plan.on || behaviour.free_shows_extensions))
      shown = behaviour.default_extensions;
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
    }
    list.push_back(std::move(json));
  }
  return list;
}

// Some account's own switch of Defender is off.
bool has_setting_off(const Subscription& subscription) {
  return std::any_of(subscription.ai_accounts.begin(), subscription.ai_accounts.end(),
                     [](const AiAccount& account) { return account.defender.state == "Disabled"; });
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
  const bool in_trial = plan.on && behaviour.trial_days > 0;
  properties["freeTrialRemainingTime"] =
      in_trial ? "P" + std::to_string(behaviour.trial_days) + "D" : "PT0S";
  if (has_extensions(api_version) && plan.on) {
    properties["enablementTime"] =
        plan.enablement_time.empty() ? "2026-01-01T00:00:00.1234567Z" : plan.enablement_time;
  }
  if (has_coverage(api_version)) {
    properties["enforce"] = plan.enforce;
    const bool partially =
        behaviour.partially_covered ||
        (behaviour.coverage_counts_settings && name == kAiPlan && has_setting_off(subscription));
    properties["resourcesCoverageStatus"] = !plan.on    ? "NotCovered"
                                            : partially ? "PartiallyCovered"
                                                        : "FullyCovered";
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

Json pricing_json(const Subscription& subscription, const std::string& name,
                  const Behaviour& behaviour, const std::string& api_version) {
  OperationStatuses statuses;
  if (behaviour.get_shows_failures && name == kAiPlan) {
    for (const Extension& extension : subscription.plan.extensions) {
      for (const auto& [failed, message] : subscription.failed_extensions) {
        if (defenderd::iequals(failed, extension.name)) statuses[extension.name] = message;
      }
    }
  }
  return pricing_json(subscription, name, behaviour, api_version, statuses);
}

std::optional<HttpAnswer> refuse_sub_plan(const Subscription& subscription, const std::string& plan,
                                          const std::string& sub_plan) {
  std::string_view possible;
  std::string_view retired;
  for (const KnownPlan& known : kPlans) {
    if (known.name != plan) continue;
    possible = known.sub_plans;
    retired = known.retired_sub_plan;
  }
  // One that has been retired stays valid where it is.
  if (sub_plan.empty() || sub_plan == stored_plan(subscription, plan).sub_plan) return std::nullopt;
  const bool is_word = sub_plan.find(' ') == std::string::npos;
  if (is_word &&
      (" " + std::string(possible) + " ").find(" " + sub_plan + " ") != std::string::npos)
    return std::nullopt;
  if (sub_plan == retired) {
    return arm_error(400, "InvalidInputError",
                     "The sub plan '" + sub_plan + "' of the plan '" + plan +
                         "' is deprecated. It is not available for new subscriptions, and cannot "
                         "be enabled again.");
  }
  return arm_error(
      400, "InvalidInput",
      "The sub plan '" + sub_plan + "' is not valid for the plan '" + plan +
          "'. Possible values: " + (possible.empty() ? "none" : std::string(possible)) + ".");
}

bool is_known_extension(const Subscription& subscription, const Behaviour& behaviour,
                        const std::string& name) {
  const auto is_it = [&](std::string_view known) { return defenderd::iequals(known, name); };
  return std::any_of(kAiExtensions.begin(), kAiExtensions.end(), is_it) ||
         std::any_of(behaviour.default_extensions.begin(), behaviour.default_extensions.end(),
                     [&](const Extension& each) { return is_it(each.name); }) ||
         subscription.plan.find(name) != nullptr;
}

}  // namespace armsim
