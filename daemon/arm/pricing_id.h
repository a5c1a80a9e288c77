#pragma once
// The resource id of a plan: "/subscriptions/{id}/providers/Microsoft.Security/pricings/{plan}".

#include <optional>
#include <string>
#include <string_view>

#include "core/ids.h"
#include "core/plan_catalog.h"

namespace defenderd {

inline constexpr const char* kPricingType = "Microsoft.Security/pricings";

struct PricingId {  // NOLINT(cppcoreguidelines-pro-type-member-init): both are given
  SubscriptionId subscription;
  PlanName plan;

  [[nodiscard]] std::string text() const;
};

// The subscription of a plan's resource id, case-insensitive; nullopt if it is not that plan's.
[[nodiscard]] std::optional<SubscriptionId> subscription_of_pricing(std::string_view resource_id,
                                                                    PlanName plan);

}  // namespace defenderd
