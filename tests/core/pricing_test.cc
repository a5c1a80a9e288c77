#include "core/pricing.h"

#include <gtest/gtest.h>

#include "core/plan_catalog.h"

namespace defenderd {
namespace {

TEST(ParseTier, ReadsInAnyCaseAndSurvivesWhatItDoesNotKnow) {
  EXPECT_EQ(parse_tier("Free"), Tier::Free);
  EXPECT_EQ(parse_tier("FREE"), Tier::Free);
  EXPECT_EQ(parse_tier("Standard"), Tier::Standard);
  EXPECT_EQ(parse_tier("standard"), Tier::Standard);
  EXPECT_EQ(parse_tier("Premium"), Tier::Other);
  EXPECT_EQ(parse_tier("Standard "), Tier::Other);
  EXPECT_EQ(parse_tier(""), Tier::Other);
}

TEST(Pricing, FindsAnExtensionWithoutCase) {
  Pricing pricing;
  pricing.extensions = {{"AIModelScanner", false}, {"aipromptevidence", true}};
  const Extension* const found = std::as_const(pricing).find(kPromptEvidence);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->name, "aipromptevidence");
  EXPECT_EQ(pricing.find(kPurviewSharing), nullptr);
  EXPECT_EQ(Pricing().find(kPromptEvidence), nullptr);
}

TEST(Pricing, LetsTheExtensionFoundBeChanged) {
  Pricing pricing;
  pricing.extensions = {{std::string(kPromptEvidence), true}};
  pricing.find("AIPROMPTEVIDENCE")->enabled = false;
  EXPECT_EQ(pricing.extensions.front().enabled, false);
}

}  // namespace
}  // namespace defenderd
