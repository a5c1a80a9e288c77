#include <optional>
#include <string>
#include <utility>

#include "armsim/ai_account_json.h"

namespace armsim {
namespace {

Json to_json(const SystemData& data) {
  return {{"createdBy", data.created_by},
          {"createdByType", data.created_by_type},
          {"createdAt", data.created_at},
          {"lastModifiedBy", data.last_modified_by},
          {"lastModifiedByType", data.last_modified_by_type},
          {"lastModifiedAt", data.last_modified_at}};
}

Json object_of(const std::string& text) { return text.empty() ? Json() : Json::parse(text); }
Json to_json(std::optional<bool> value) { return value ? Json(*value) : Json(); }

Json to_json(const RaiPolicy& policy) {
  Json filters = Json::array();
  for (const ContentFilter& filter : policy.filters) {
    filters.push_back({{"name", filter.name},
                       {"source", filter.source},
                       {"enabled", to_json(filter.enabled)},
                       {"blocking", to_json(filter.blocking)},
                       {"severityThreshold", filter.severity_threshold},
                       {"action", filter.action}});
  }
  return {{"type", policy.type},
          {"mode", policy.mode},
          {"basePolicyName", policy.base_policy},
          {"contentFilters", std::move(filters)},
          {"etag", policy.etag},
          {"properties", object_of(policy.properties)},
          {"systemData", to_json(policy.system_data)}};
}

Json to_json(const Deployment& deployment) {
  return {{"sku", deployment.sku},
          {"capacity", deployment.capacity},
          {"provisioningState", deployment.provisioning_state},
          {"deploymentState", deployment.deployment_state},
          {"model",
           {{"format", deployment.model_format},
            {"name", deployment.model_name},
            {"version", deployment.model_version}}},
          {"raiPolicyName", deployment.rai_policy},
          {"capabilities", deployment.capabilities},
          {"etag", deployment.etag},
          {"properties", object_of(deployment.properties)},
          {"systemData", to_json(deployment.system_data)}};
}

Json to_json(const AiAccount& account) {
  const auto on = [](bool value) { return value ? "on" : "off"; };
  Json deployments = Json::object();
  for (const Deployment& each : account.deployments) deployments[each.name] = to_json(each);
  Json policies = Json::object();
  for (const RaiPolicy& each : account.policies) policies[each.name] = to_json(each);
  return {{"kind", account.kind},
          {"location", account.location},
          {"sku", account.sku},
          {"provisioningState", account.provisioning_state},
          {"capabilities", account.capabilities},
          {"deployments", std::move(deployments)},
          {"raiPolicies", std::move(policies)},
          {"systemPolicies", on(account.system_policies)},
          {"defenderForAISettings",
           {{"state", account.defender.state},
            {"etag", account.defender.etag},
            {"systemData", to_json(account.defender.system_data)}}},
          {"gone", on(account.gone)},
          {"properties", object_of(account.properties)},
          {"systemData", to_json(account.system_data)}};
}

}  // namespace

Json to_json(const std::vector<AiAccount>& accounts) {
  Json json = Json::object();
  for (const AiAccount& account : accounts)
    json[account.resource_group + "/" + account.name] = to_json(account);
  return json;
}

}  // namespace armsim
