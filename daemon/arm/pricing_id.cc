#include "arm/pricing_id.h"

#include <cstddef>

#include "base/text.h"

namespace defenderd {
namespace {

constexpr std::string_view kBefore = "/subscriptions/";
constexpr std::string_view kAfter = "/providers/Microsoft.Security/pricings/";
constexpr std::size_t kGuid = 36;

}  // namespace

std::string PricingId::text() const {
  return std::string(kBefore) + subscription.text() + std::string(kAfter) +
         std::string(to_text(plan));
}

std::optional<SubscriptionId> subscription_of_pricing(std::string_view resource_id, PlanName plan) {
  const std::string_view name = to_text(plan);
  if (resource_id.size() != kBefore.size() + kGuid + kAfter.size() + name.size()) {
    return std::nullopt;
  }
  const std::string_view after = resource_id.substr(kBefore.size() + kGuid);
  if (!iequals(resource_id.substr(0, kBefore.size()), kBefore) ||
      !iequals(after.substr(0, kAfter.size()), kAfter) ||
      !iequals(after.substr(kAfter.size()), name)) {
    return std::nullopt;
  }
  return SubscriptionId::parse(resource_id.substr(kBefore.size(), kGuid));
}

}  // namespace defenderd
