#include "arm/graph_pricings.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "arm/properties_reader.h"
#include "base/text.h"

namespace defenderd {
namespace {

// `id` is projected because there are no pages without it, and they are ordered by it because there
// is no order without that. Of the properties only what can drift: the rest is read directly.
constexpr std::string_view kQuery =
    "securityresources | where type =~ 'microsoft.security/pricings' and name =~ 'AI' "
    "| project id, tier=properties.pricingTier, extensions=properties.extensions "
    "| order by id asc";
// Of one query. A page that is lost costs a direct look at each of its subscriptions, which is
// better than to wait for long.
constexpr Duration kPatience = std::chrono::minutes(1);

// "/subscriptions/{id}/providers/Microsoft.Security/pricings/AI", as it is spelled in any case.
std::optional<SubscriptionId> subscription_of(std::string_view resource_id) {
  constexpr std::string_view kBefore = "/subscriptions/";
  constexpr std::string_view kAfter = "/providers/microsoft.security/pricings/ai";
  constexpr std::size_t kGuid = 36;
  if (resource_id.size() != kBefore.size() + kGuid + kAfter.size() ||
      !iequals(resource_id.substr(0, kBefore.size()), kBefore) ||
      !iequals(resource_id.substr(kBefore.size() + kGuid), kAfter)) {
    return std::nullopt;
  }
  return SubscriptionId::parse(resource_id.substr(kBefore.size(), kGuid));
}

// A row is made to look like the properties that a GET gives, and read by what reads those: the
// graph and a direct look are never of two minds about the same answer.
class PricingRows final : public GraphRows {
 public:
  explicit PricingRows(std::span<const SubscriptionId> asked)
      : asked_(asked.begin(), asked.end()) {}

  void begin_row() override {
    subscription_.reset();
    properties_ = {};
    properties_.open(true);
  }
  void value(Path path, const JsonScalar& scalar) override {
    if (path.size() == 1 && path[0] == "id") {
      if (scalar.kind == JsonScalar::Kind::Text) subscription_ = subscription_of(scalar.text);
      return;
    }
    name(path);
    put(scalar);
  }
  void begin_object(Path path) override { open(path, true); }
  void begin_list(Path path) override { open(path, false); }
  void end_object(Path /*path*/) override { close(); }
  void end_list(Path /*path*/) override { close(); }

  // A row that names no subscription belongs to none, which leaves that one without an answer.
  void end_row() override {
    properties_.close();
    auto read = properties_.finish();
    if (!subscription_) return;
    if (!asked_.contains(*subscription_)) {
      foreign = subscription_;
      return;
    }
    BulkPlan plan{*subscription_};
    // A plan that is on has extensions. Where none are shown, the graph does not know them.
    const bool is_silent =
        read && read->pricing.tier == Tier::Standard && read->pricing.extensions.empty();
    if (read && !is_silent) plan.pricing = std::move(read->pricing);
    const auto [found, is_new] = index_.emplace(*subscription_, plans.size());
    if (is_new) {
      plans.push_back(std::move(plan));
    } else {
      plans[found->second].pricing.reset();  // two rows that both claim to be it
    }
  }

  std::vector<BulkPlan> plans = {};
  std::optional<SubscriptionId> foreign = {};  // one that nobody asked for

 private:
  // The members of an object are named, the items of a list are not.
  void name(Path path) {
    if (!inside_.empty() && !inside_.back()) return;
    properties_.key(inside_.empty() && path[0] == "tier" ? "pricingTier" : path.back());
  }
  void open(Path path, bool is_object) {
    name(path);
    properties_.open(is_object);
    inside_.push_back(is_object);
  }
  void close() {
    properties_.close();
    inside_.pop_back();
  }
  void put(const JsonScalar& scalar) {
    switch (scalar.kind) {
      case JsonScalar::Kind::Null:
        properties_.null();
        break;
      case JsonScalar::Kind::Boolean:
        properties_.boolean(scalar.text == "true");
        break;
      case JsonScalar::Kind::Number:
        properties_.number();
        break;
      case JsonScalar::Kind::Text:
        properties_.text(scalar.text);
        break;
    }
  }

  const std::unordered_set<SubscriptionId> asked_;
  std::unordered_map<SubscriptionId, std::size_t> index_;
  std::optional<SubscriptionId> subscription_;
  PropertiesReader properties_;
  std::vector<bool> inside_;  // the containers of the row that are open: is it an object
};

}  // namespace

GraphPricings::GraphPricings(GraphClient& graph) : graph_(graph) {}

ArmResult<std::vector<BulkPlan>> GraphPricings::read(const std::optional<TenantId>& tenant,
                                                     std::span<const SubscriptionId> subscriptions,
                                                     std::stop_token stop) {
  GraphQuery query;
  query.tenant = tenant;
  query.text = kQuery;
  query.patience = kPatience;
  query.subscriptions.assign(subscriptions.begin(), subscriptions.end());
  PricingRows rows(subscriptions);
  auto answer = graph_.query(query, rows, stop);
  if (!answer) return Unexpected(std::move(answer.error()));
  if (answer->subscription_limit_hit) {
    Failure failure;
    failure.reason = Reason::MalformedAnswer;
    failure.message =
        "Azure Resource Graph says that it looked at a part of the subscriptions only "
        "(x-ms-tenant-subscription-limit-hit)";
    return Unexpected(std::move(failure));
  }
  if (rows.foreign) {
    Failure failure;
    failure.reason = Reason::MalformedAnswer;
    failure.message = "the answer of Azure Resource Graph shows the subscription " +
                      rows.foreign->text() +
                      ", for which it was not asked, so none of it is believed; check any proxy or "
                      "cache between";
    return Unexpected(std::move(failure));
  }
  return std::move(rows.plans);
}

}  // namespace defenderd
