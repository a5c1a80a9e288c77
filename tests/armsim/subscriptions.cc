#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "armsim/arm_answer.h"
#include "armsim/arm_gate.h"
#include "armsim/endpoints.h"

namespace armsim {
namespace {

constexpr std::array<std::string_view, 6> kApiVersions{"2016-06-01", "2019-06-01", "2019-11-01",
                                                       "2020-01-01", "2021-01-01", "2022-12-01"};

Json subscription_json(const Subscription& subscription) {
  Json managers = Json::array();
  for (const std::string& tenant : subscription.managed_by)
    managers.push_back({{"tenantId", tenant}});
  return {{"id", "/subscriptions/" + subscription.id},
          {"authorizationSource", "RoleBased"},
          {"managedByTenants", std::move(managers)},
          {"subscriptionId", subscription.id},
          {"tenantId", subscription.tenant},
          {"displayName", subscription.name},
          {"state", subscription.state},
          {"tags", subscription.tags},
          {"subscriptionPolicies",
           {{"locationPlacementId", "Public_2014-09-01"},
            {"quotaId", "EnterpriseAgreement_2014-09-01"},
            {"spendingLimit", "Off"}}}};
}

}  // namespace

// Lists what the caller may read in the token's tenant; the skip token is the number of those that
// came before.
HttpAnswer list_subscriptions(Core& core, Exchange& exchange) {
  auto token = authenticate(core, exchange);
  if (!token) return token.error();
  if (auto refusal = check_api_version(exchange, kApiVersions, "subscriptions")) return *refusal;
  std::size_t skip = 0;
  const std::string skip_text = exchange.request.parameter("$skiptoken").value_or("0");
  const char* const end = skip_text.data() + skip_text.size();
  if (std::from_chars(skip_text.data(), end, skip).ptr != end)
    return arm_error(400, "InvalidSkipToken", "The provided skip token is invalid.");
  const auto page = static_cast<std::size_t>(std::max(core.options.behaviour.page_size, 1));
  Json list = Json::array();
  std::size_t seen = 0;
  for (const auto& [id, stored] : core.subscriptions) {
    const Subscription& subscription = stored.subscription;
    if (!subscription.is_in(token->tenant) || subscription.access == Access::None) continue;
    if (seen >= skip && seen < skip + page) list.push_back(subscription_json(subscription));
    ++seen;
  }
  Json body = {{"value", std::move(list)},
               {"count", {{"type", "Total"}, {"value", static_cast<std::uint64_t>(seen)}}}};
  if (seen > skip + page) {
    body["nextLink"] = exchange.base_url +
                       "/subscriptions?api-version=" + exchange.entry.api_version +
                       "&%24skiptoken=" + std::to_string(skip + page);
  }
  return json_answer(200, body);
}

HttpAnswer get_subscription(Core& core, Exchange& exchange) {
  auto admitted = admit(core, exchange,
                        {.action = "Microsoft.Resources/subscriptions/read",
                         .type = "subscriptions",
                         .api_versions = kApiVersions});
  if (!admitted) return admitted.error();
  return json_answer(200, subscription_json((*admitted)->subscription));
}

}  // namespace armsim
