#include "armsim/graph_rows.h"

#include <string_view>
#include <utility>

#include "armsim/ai_resource.h"
#include "armsim/pricings.h"
#include "base/text.h"

namespace armsim {
namespace {

using Shown = std::vector<const Subscription*>;

std::vector<Json> pricing_rows(const Shown& shown, const Kql& query, const Behaviour& behaviour) {
  std::vector<Json> rows;
  for (const Subscription* const subscription : shown) {
    if (subscription->registration != Registration::Registered) continue;
    for (const std::string& name : plan_names(*subscription)) {
      if (!query.may_name(name)) continue;
      Json pricing = pricing_json(*subscription, name, behaviour, "2024-01-01");
      if (!behaviour.graph_shows_extensions) pricing["properties"].erase("extensions");
      rows.push_back({{"id", pricing["id"]},
                      {"name", name},
                      {"type", "microsoft.security/pricings"},
                      {"tenantId", subscription->tenant},
                      {"kind", ""},
                      {"location", ""},
                      {"resourceGroup", ""},
                      {"subscriptionId", subscription->id},
                      {"properties", std::move(pricing["properties"])},
                      {"tags", nullptr}});
    }
  }
  return rows;
}

std::vector<Json> container_rows(const Shown& shown) {
  std::vector<Json> rows;
  for (const Subscription* const subscription : shown) {
    Json chain = Json::array();
    for (const std::string& group : subscription->management_groups)
      chain.push_back({{"displayName", group}, {"name", group}});
    chain.push_back({{"displayName", "Tenant Root Group"}, {"name", subscription->tenant}});
    Json tags = Json::object();
    for (const auto& [name, value] : subscription->tags) tags[name] = value;
    rows.push_back({{"id", "/subscriptions/" + subscription->id},
                    {"name", subscription->name},
                    {"type", "microsoft.resources/subscriptions"},
                    {"tenantId", subscription->tenant},
                    {"subscriptionId", subscription->id},
                    {"properties",
                     {{"state", subscription->state},
                      {"managementGroupAncestorsChain", std::move(chain)},
                      {"managedByTenants", Json::array()}}},
                    {"tags", std::move(tags)}});
  }
  return rows;
}

// Of accounts alone: what hangs on them is in no table.
std::vector<Json> account_rows(const Shown& shown, const Behaviour& behaviour) {
  std::vector<Json> rows;
  if (behaviour.denied_ai_reads.contains("accounts")) return rows;
  for (const Subscription* const subscription : shown) {
    if (!subscription->ai_registered || subscription->denied_ai_reads.contains("accounts"))
      continue;
    for (const AiAccount& account : subscription->ai_accounts) {
      Json json = account_json({subscription->id, account, behaviour});
      rows.push_back({{"id", std::move(json["id"])},
                      {"name", account.name},
                      {"type", "microsoft.cognitiveservices/accounts"},
                      {"tenantId", subscription->tenant},
                      {"kind", account.kind},
                      {"location", account.location},
                      {"resourceGroup", defenderd::to_lower(account.resource_group)},
                      {"subscriptionId", subscription->id},
                      {"sku", std::move(json["sku"])},
                      {"properties", std::move(json["properties"])},
                      {"tags", std::move(json["tags"])}});
    }
  }
  return rows;
}

}  // namespace

bool is_graph_table(const std::string& name) {
  return name == "securityresources" || name == "resourcecontainers" || name == "resources";
}

std::vector<Json> graph_rows(const Kql& query, const Shown& shown, const Behaviour& behaviour) {
  if (query.table() == "securityresources") return pricing_rows(shown, query, behaviour);
  if (query.table() == "resourcecontainers") return container_rows(shown);
  return account_rows(shown, behaviour);
}

}  // namespace armsim
