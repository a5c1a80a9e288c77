#include "core/plan_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/text.h"

namespace defenderd {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

TEST(PlanCatalog, HasEachPlanAtItsPlace) {
  for (const PlanEntry& entry : plan_catalog::kPlans) {
    EXPECT_EQ(entry_of(entry.plan).arm, entry.arm);
    EXPECT_EQ(to_text(entry.plan), entry.arm);
    EXPECT_FALSE(entry.arm.empty());
    EXPECT_GT(entry.reads, 0);
  }
}

TEST(PlanCatalog, NamesNothingTwice) {
  std::set<std::string> plans;
  for (const PlanEntry& entry : plan_catalog::kPlans) {
    EXPECT_TRUE(plans.insert(to_lower(entry.arm)).second) << entry.arm;
    std::set<std::string> names;
    for (const ExtensionWord& word : entry.extensions) {
      names.insert({to_lower(word.arm), to_lower(word.yaml)});
    }
    EXPECT_THAT(names, SizeIs(2 * entry.extensions.size())) << entry.arm;
  }
}

TEST(PlanCatalog, PoliciesWriteExtensionsThatItHas) {
  for (const PlanEntry& entry : plan_catalog::kPlans) {
    for (const PolicyWriter& policy : entry.policies) {
      EXPECT_THAT(policy.id, SizeIs(36)) << policy.name;
      for (const auto& names : {policy.switches_on, policy.can_switch_off}) {
        for (const std::string_view name : names) {
          EXPECT_NE(find_by_arm_name(entry.plan, name), nullptr) << policy.name << ": " << name;
        }
      }
    }
  }
}

// What Azure, the YAML and the metrics call them: none of these names may change.
TEST(PlanCatalog, SpellsTheAiPlan) {
  EXPECT_EQ(to_text(PlanName::Ai), "AI");
  EXPECT_EQ(kPromptEvidence, "AIPromptEvidence");
  EXPECT_EQ(kPurviewSharing, "AIPromptSharingWithPurview");
  EXPECT_EQ(kModelScanner, "AIModelScanner");
  EXPECT_THAT(extension_words<PlanName::Ai>(),
              ElementsAre("promptEvidence", "purviewSharing", "modelScanner"));
}

TEST(PlanCatalog, FindsAnExtensionByEitherName) {
  EXPECT_EQ(find_by_arm_name(PlanName::Ai, "aipromptEVIDENCE")->yaml, "promptEvidence");
  EXPECT_EQ(find_by_word(PlanName::Ai, "modelScanner")->arm, kModelScanner);
  EXPECT_EQ(find_by_arm_name(PlanName::Ai, "promptEvidence"), nullptr);
  EXPECT_EQ(find_by_word(PlanName::Ai, "modelscanner"), nullptr) << "the YAML is exact";
}

}  // namespace
}  // namespace defenderd
