#include "arm/graph_pricings.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "arm/pricing_id.h"
#include "arm/pricing_json.h"

namespace defenderd {
namespace {

// `id` is projected because paging requires it, and rows are ordered by it because there is no
// order otherwise. Of the properties only those that can drift: the rest is read directly.
std::string query_for(PlanName plan) {
  return "securityresources | where type =~ 'microsoft.security/pricings' and name =~ '" +
         std::string(to_text(plan)) +
         "' | project id, tier=properties.pricingTier, extensions=properties.extensions "
         "| order by id asc";
}
// Limits one query. A lost page costs a direct read of each of its subscriptions, which is better
// than a long wait.
constexpr Duration kPatience = std::chrono::minutes(1);

// The properties in a row with the names that a GET uses, so that the same code reads both: the
// graph and a direct read never disagree on what an answer means.
std::vector<PricingMember> properties_of(const JsonValue& row) {
  std::vector<PricingMember> members = members_of(row);
  for (PricingMember& member : members) {
    if (member.name == "tier") member.name = "pricingTier";
  }
  return members;
}

// An extension that failed, or is still being switched, may be shown as on. Only a direct read
// decides what is declared of it.
bool shows_failure(const DecodedPricing& row) {
  return !row.in_progress.empty() ||
         std::any_of(row.failed.begin(), row.failed.end(), [&](const ExtensionFailure& failure) {
           return row.pricing.find(failure.name)->enabled != false;
         });
}

class PlanRows {
 public:
  explicit PlanRows(std::span<const SubscriptionId> asked) : asked_(asked.begin(), asked.end()) {}

  // A row without a subscription belongs to none; its subscription then has no answer.
  void take(const JsonValue& row) {
    const auto subscription = subscription_of_pricing(row.text_of("id"), kDeclaredPlan);
    if (!subscription) return;
    if (!asked_.contains(*subscription)) {
      foreign = subscription;
      return;
    }
    BulkPlan plan{*subscription};
    auto read = read_properties(properties_of(row));
    const bool is_silent = read && lacks_extensions(kDeclaredPlan, *read);
    if (read && !is_silent && !shows_failure(*read)) plan.pricing = std::move(read->pricing);
    const auto [found, is_new] = index_.emplace(*subscription, plans.size());
    if (is_new) {
      plans.push_back(std::move(plan));
    } else {
      plans[found->second].pricing.reset();  // two rows for the same subscription
    }
  }

  std::vector<BulkPlan> plans = {};
  std::optional<SubscriptionId> foreign = {};  // one that was not requested

 private:
  const std::unordered_set<SubscriptionId> asked_;
  std::unordered_map<SubscriptionId, std::size_t> index_;
};

}  // namespace

GraphPricings::GraphPricings(GraphClient& graph) : graph_(graph) {}

ArmResult<std::vector<BulkPlan>> GraphPricings::read(const std::optional<TenantId>& tenant,
                                                     std::span<const SubscriptionId> subscriptions,
                                                     std::stop_token stop) {
  GraphQuery query;
  query.tenant = tenant;
  query.text = query_for(kDeclaredPlan);
  query.patience = kPatience;
  query.subscriptions.assign(subscriptions.begin(), subscriptions.end());
  PlanRows rows(subscriptions);
  auto answer = graph_.query(
      query, [&rows](const JsonValue& row) { rows.take(row); }, stop);
  if (!answer) return Unexpected(std::move(answer.error()));
  if (answer->subscription_limit_hit) {
    Failure failure;
    failure.reason = Reason::MalformedAnswer;
    failure.message =
        "Azure Resource Graph reports that it searched only some of the subscriptions "
        "(x-ms-tenant-subscription-limit-hit)";
    return Unexpected(std::move(failure));
  }
  if (rows.foreign) {
    Failure failure;
    failure.reason = Reason::MalformedAnswer;
    failure.message =
        "the answer of Azure Resource Graph shows the subscription " + rows.foreign->text() +
        ", which was not requested, so it is not used; check any proxy or cache in between";
    return Unexpected(std::move(failure));
  }
  return std::move(rows.plans);
}

}  // namespace defenderd
