#include "armsim/ai_resource.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/text.h"

namespace armsim {
namespace {

using defenderd::to_lower;

// Only what is not empty.
void put(Json& json, const char* name, const std::string& value) {
  if (!value.empty()) json[name] = value;
}

void put_system_data(Json& json, const SystemData& data) {
  Json shown = Json::object();
  put(shown, "createdBy", data.created_by);
  put(shown, "createdByType", data.created_by_type);
  put(shown, "createdAt", data.created_at);
  put(shown, "lastModifiedBy", data.last_modified_by);
  put(shown, "lastModifiedByType", data.last_modified_by_type);
  put(shown, "lastModifiedAt", data.last_modified_at);
  if (!shown.empty()) json["systemData"] = std::move(shown);
}

// One that changes with what it is the tag of: what is shown so far, and what not every api-version
// shows.
void put_etag(Json& json, const std::string& etag, const std::string& more = "") {
  const auto made = [&] {
    return "\"" + std::to_string(std::hash<std::string>()(json.dump() + more)) + "\"";
  };
  json["etag"] = etag.empty() ? made() : etag;
}

void merge(Json& properties, const std::string& more) {
  if (more.empty()) return;
  const Json parsed = Json::parse(more, nullptr, false);
  if (parsed.is_object()) properties.update(parsed);
}

std::string provider_of(const Behaviour& behaviour) {
  return behaviour.lower_case_ids ? to_lower(kAiProvider) : std::string(kAiProvider);
}

// Members that came with 2025-12-01: deploymentState, and the action of a filter.
bool has_newer_members(const AiPlace& place) { return place.api_version >= "2025-12-01"; }

Json part_json(const AiPlace& place, const std::string& type, const std::string& name) {
  return {{"id", account_id(place) + "/" + type + "/" + name},
          {"name", name},
          {"type", provider_of(place.behaviour) + "/accounts/" + type}};
}

std::string spelled(const std::string& name, FilterNames names) {
  std::string result;
  for (const char c : name) {
    const bool blank = c == ' ';
    if (blank && names == FilterNames::Joined) continue;
    result += blank && names == FilterNames::Snake ? '_' : c;
  }
  return names == FilterNames::Snake ? to_lower(result) : result;
}

Json filter_json(const AiPlace& place, const ContentFilter& filter) {
  Json json = {{"name", spelled(filter.name, place.behaviour.filter_names)}};
  put(json, "source", filter.source);
  if (filter.enabled) json["enabled"] = *filter.enabled;
  if (filter.blocking) json["blocking"] = *filter.blocking;
  put(json, "severityThreshold", filter.severity_threshold);
  if (has_newer_members(place)) put(json, "action", filter.action);
  return json;
}

// Their exact contents are not public.
RaiPolicy system_policy(const std::string& name, bool shields) {
  RaiPolicy policy{.name = name, .type = "SystemManaged", .mode = "Blocking", .base_policy = ""};
  policy.system_data = SystemData::none();
  for (const char* const source : {"Prompt", "Completion"}) {
    for (const char* const harm : {"Hate", "Sexual", "Violence", "Selfharm"})
      policy.filters.push_back({.name = harm, .source = source, .severity_threshold = "Medium"});
  }
  if (shields) policy.filters.push_back({.name = "Jailbreak"});
  if (name != "Microsoft.DefaultV2") return policy;
  policy.filters.push_back({.name = "Indirect Attack", .enabled = false, .blocking = false});
  policy.filters.push_back({.name = "Protected Material Text", .source = "Completion"});
  policy.filters.push_back(
      {.name = "Protected Material Code", .source = "Completion", .blocking = false});
  return policy;
}

}  // namespace

std::string account_id(const AiPlace& place) {
  const std::string& group = place.account.resource_group;
  return "/subscriptions/" + place.subscription + "/resourceGroups/" +
         (place.behaviour.lower_case_ids ? to_lower(group) : group) + "/providers/" +
         provider_of(place.behaviour) + "/accounts/" + place.account.name;
}

Json account_json(const AiPlace& place) {
  const AiAccount& account = place.account;
  Json capabilities = Json::array();
  for (const auto& [name, value] : account.capabilities) {
    Json capability = {{"name", name}};
    put(capability, "value", value);
    capabilities.push_back(std::move(capability));
  }
  Json properties = {
      {"endpoint", "https://" + to_lower(account.name) + ".cognitiveservices.azure.com/"},
      {"provisioningState", account.provisioning_state},
      {"customSubDomainName", to_lower(account.name)},
      {"publicNetworkAccess", "Enabled"},
      {"capabilities", std::move(capabilities)}};
  put(properties, "dateCreated", account.system_data.created_at);
  merge(properties, account.properties);
  Json json = {{"id", account_id(place)},
               {"name", account.name},
               {"type", provider_of(place.behaviour) + "/accounts"},
               {"kind", account.kind},
               {"location", account.location},
               {"sku", {{"name", account.sku}}},
               {"tags", Json::object()},
               {"properties", std::move(properties)}};
  put_system_data(json, account.system_data);
  put_etag(json, "");
  return json;
}

Json deployment_json(const AiPlace& place, const Deployment& deployment) {
  Json json = part_json(place, "deployments", deployment.name);
  json["sku"] = {{"name", deployment.sku}, {"capacity", deployment.capacity}};
  Json model = Json::object();
  put(model, "format", deployment.model_format);
  put(model, "name", deployment.model_name);
  put(model, "version", deployment.model_version);
  Json properties = {{"model", std::move(model)}, {"currentCapacity", deployment.capacity}};
  put(properties, "provisioningState", deployment.provisioning_state);
  put(properties, "raiPolicyName", deployment.rai_policy);
  properties["capabilities"] = deployment.capabilities;
  merge(properties, deployment.properties);
  json["properties"] = std::move(properties);
  put_system_data(json, deployment.system_data);
  put_etag(json, deployment.etag, deployment.deployment_state);
  if (has_newer_members(place) || place.behaviour.old_versions_show_state)
    put(json["properties"], "deploymentState", deployment.deployment_state);
  return json;
}

Json policy_json(const AiPlace& place, const RaiPolicy& policy) {
  Json json = part_json(place, "raiPolicies", policy.name);
  Json filters = Json::array();
  for (const ContentFilter& filter : policy.filters) filters.push_back(filter_json(place, filter));
  Json properties = Json::object();
  put(properties, "type", policy.type);
  put(properties, "mode", policy.mode);
  put(properties, "basePolicyName", policy.base_policy);
  properties["contentFilters"] = std::move(filters);
  merge(properties, policy.properties);
  json["properties"] = std::move(properties);
  put_system_data(json, policy.system_data);
  put_etag(json, policy.etag);
  return json;
}

Json setting_json(const AiPlace& place) {
  const DefenderSetting& setting = place.account.defender;
  Json json = part_json(place, "defenderForAISettings", "Default");
  json["properties"] = {{"state", setting.state}};
  put_system_data(json, setting.system_data);
  put_etag(json, setting.etag);
  return json;
}

std::vector<RaiPolicy> policies_of(const AiAccount& account, const Behaviour& behaviour) {
  std::vector<RaiPolicy> policies;
  if (account.system_policies) {
    for (const std::string name : {"Microsoft.Default", "Microsoft.DefaultV2"}) {
      const bool replaced = std::any_of(
          account.policies.begin(), account.policies.end(),
          [&](const RaiPolicy& policy) { return defenderd::iequals(policy.name, name); });
      const bool shields = name == "Microsoft.DefaultV2" || behaviour.default_policy_shields;
      if (!replaced) policies.push_back(system_policy(name, shields));
    }
  }
  policies.insert(policies.end(), account.policies.begin(), account.policies.end());
  return policies;
}

}  // namespace armsim
