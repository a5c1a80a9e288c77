#include "arm/pricing_id.h"

#include <gtest/gtest.h>

#include "support/builders.h"

namespace defenderd {
namespace {

constexpr PlanName kPlan = PlanName::Ai;

TEST(PricingId, IsTheResourceIdOfThePlan) {
  const SubscriptionId id = subscription_id(7);
  const std::string text = PricingId{id, kPlan}.text();
  EXPECT_EQ(text, "/subscriptions/" + id.text() + "/providers/Microsoft.Security/pricings/AI");
  EXPECT_EQ(subscription_of_pricing(text, kPlan), id);
}

TEST(PricingId, IsReadInAnyCaseAndOnlyWhole) {
  const std::string id = subscription_id(7).text();
  const std::string before = "/subscriptions/";
  const std::string after = "/providers/Microsoft.Security/pricings/";
  EXPECT_EQ(subscription_of_pricing(
                "/SUBSCRIPTIONS/" + id + "/Providers/microsoft.security/PRICINGS/ai", kPlan),
            subscription_id(7));
  for (const std::string& text :
       {std::string(), before + id + after, before + id + after + "AI/x",
        before + id + after + "AJ", "/subscriptionz/" + id + after + "AI",
        before + id + "/providers/Microsoft.Compute0/pricings/AI",
        before + std::string(36, 'x') + after + "AI", " " + before + id + after + "AI"}) {
    EXPECT_FALSE(subscription_of_pricing(text, kPlan)) << text;
  }
}

}  // namespace
}  // namespace defenderd
