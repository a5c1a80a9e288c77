#include "telemetry/pricing_pool.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "telemetry/samples.h"

namespace defenderd {
namespace {

TEST(PricingPool, GivesEqualPricingsOnce) {
  PricingPool pool;
  const auto on = pool.share(samples::pricing(true, true));
  const auto off = pool.share(samples::pricing(true, false));
  EXPECT_EQ(*on, samples::pricing(true, true));
  EXPECT_EQ(*off, samples::pricing(true, false));
  EXPECT_EQ(pool.share(samples::pricing(true, true)), on) << "the same pointer";
  EXPECT_EQ(pool.size(), 2U);
}

TEST(PricingPool, TellsApartWhatDiffersInAnyMember) {
  const Pricing base = samples::pricing(true, true);
  std::vector<Pricing> others(9, base);
  others[0].tier = Tier::Other;
  others[1].tier_text = "standard";
  others[2].sub_plan = "P1";
  others[3].enforce = "True";
  others[4].is_cut = true;
  others[5].coverage = "FullyCovered";
  others[6].free_trial_remaining = "PT0S";
  others[7].extensions[0].name = "Other";
  others[8].extensions[0].enabled.reset();
  PricingPool pool;
  const auto first = pool.share(base);
  for (const Pricing& other : others) {
    const auto shared = pool.share(other);
    EXPECT_NE(shared, first);
    EXPECT_EQ(*shared, other);
  }
  EXPECT_EQ(pool.size(), 10U);
}

// Whatever Azure carries along for each of ten thousand subscriptions, it is not remembered.
TEST(PricingPool, KeepsNothingOfWhatIsOnlyCarriedAlong) {
  PricingPool pool;
  const auto plain = pool.share(samples::pricing(true, true));
  Pricing pricing = samples::pricing(true, true);
  for (int n = 0; n < 100; ++n) {
    pricing.extra_json = R"({"a":")" + std::string(60'000, static_cast<char>('a' + n % 26)) + "\"}";
    pricing.extensions[0].extra_json = pricing.extra_json;
    EXPECT_EQ(pool.share(pricing), plain);
  }
  EXPECT_EQ(pool.size(), 1U);
  PricingPool other;
  const auto first = other.share(pricing);
  EXPECT_EQ(*first, samples::pricing(true, true));
}

// A free trial counts down: each day a fleet shows what it has never shown before.
TEST(PricingPool, ForgetsWhatNobodyHolds) {
  PricingPool pool;
  Pricing pricing = samples::pricing(true, true);
  const auto held = pool.share(pricing);
  for (int hour = 0; hour < 10'000; ++hour) {
    pricing.free_trial_remaining = "PT" + std::to_string(hour) + "H";
    (void)pool.share(pricing);
  }
  EXPECT_LE(pool.size(), 64U);
  EXPECT_EQ(pool.share(samples::pricing(true, true)), held);
}

TEST(PricingPool, KeepsWhatIsHeldHoweverMuchThatIs) {
  PricingPool pool;
  Pricing pricing = samples::pricing(true, true);
  std::vector<std::shared_ptr<const Pricing>> held;
  for (int n = 0; n < 1000; ++n) {
    pricing.coverage = std::to_string(n);
    held.push_back(pool.share(pricing));
  }
  EXPECT_EQ(pool.size(), 1000U);
  for (int n = 0; n < 1000; ++n) {
    pricing.coverage = std::to_string(n);
    EXPECT_EQ(pool.share(pricing), held[static_cast<std::size_t>(n)]);
  }
}

}  // namespace
}  // namespace defenderd
