#include "cli/import_yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/diff.h"
#include "desired/read_desired.h"
#include "support/builders.h"

namespace defenderd {
namespace {

using testing::HasSubstr;
using testing::Not;

ImportedSubscription imported(unsigned n, const std::string& name,
                              std::optional<Pricing> observed = standard_plan()) {
  ImportedSubscription result;
  result.listed = {subscription_id(n), name, std::nullopt, "Enabled"};
  result.observed = std::move(observed);
  return result;
}

std::string yaml_of(const ImportedSubscription& one) {
  const auto state = import_state({one}, "observe", std::nullopt);
  return state ? state->yaml : state.error().message;
}

TEST(ImportYaml, AnyNameIsReadBackAsItIs) {
  for (const std::string name : {"chat-prod",
                                 "a: b",
                                 "\"quoted\" and 'so'",
                                 "back\\slash\\n",
                                 "# no comment",
                                 "- dash",
                                 "{flow: [x]}",
                                 "on",
                                 "null",
                                 "2024",
                                 "0x1F",
                                 "1e3",
                                 "2026-12-24",
                                 "~",
                                 "&anchor",
                                 "*alias",
                                 "!!str x",
                                 "%TAG",
                                 "@at",
                                 "`tick`",
                                 "key: |",
                                 "? x",
                                 "<<",
                                 "K\u00FCche",
                                 "\xE6\x97\xA5\xE6\x9C\xAC",
                                 "\xF0\x9F\x94\x92 locked",
                                 "...",
                                 "---"}) {
    const auto read = read_desired({{"x", yaml_of(imported(1, name))}});
    ASSERT_TRUE(read) << name << "\n" << yaml_of(imported(1, name));
    EXPECT_EQ(read->subscriptions.at(0)->name, name);
  }
}

TEST(ImportYaml, WhatANameMayNotHoldIsReplaced) {
  for (const std::string& name :
       std::vector<std::string>{"line\nbreak", "tab\there", "a\xE2\x80\xA8 b", "bell\a",
                                "not \xFF utf-8", "nul" + std::string(1, '\0'), "next\xC2\x85line",
                                "mark\xEF\xBB\xBF", std::string(5000, 'x'), " \t "}) {
    const auto read = read_desired({{"x", yaml_of(imported(1, name))}});
    ASSERT_TRUE(read) << yaml_of(imported(1, name));
    EXPECT_EQ(read->subscriptions.size(), 1U);
  }
}

TEST(ImportYaml, ACommentHoldsWhateverItIsGiven) {
  ImportedSubscription odd =
      imported(2, "x\nsubscriptions: []\xE2\x80\xA8- id: evil", std::nullopt);
  odd.why =
      "first\nsecond\xE2\x80\xA8third\xC2\x85"
      "fourth";
  const auto state = import_state({imported(1, "a"), odd}, "observe", std::nullopt);
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->taken, 1U);
  EXPECT_EQ(state->left_out, 1U);
  EXPECT_THAT(state->yaml,
              HasSubstr("\n  # Not imported, because its plan could not be read. first second"));
  EXPECT_THAT(state->yaml, Not(HasSubstr("\xE2\x80\xA8")));
}

TEST(ImportYaml, EveryPlanIsInSyncWithItself) {
  Pricing odd = standard_plan({{"AIPromptEvidence", true}, {"AINewThing", true}, {"a b", false}});
  odd.extensions.push_back({"Half", std::nullopt, "Maybe"});
  odd.extensions.push_back({"ainewthing", false});
  Pricing crowded = standard_plan();
  for (int i = 0; i < 100; ++i) crowded.extensions.push_back({"E" + std::to_string(i), true});
  for (const Pricing& pricing : {free_plan(), standard_plan(), odd, crowded}) {
    const std::string yaml = yaml_of(imported(1, "s", pricing));
    const auto read = read_desired({{"x", yaml}});
    ASSERT_TRUE(read) << yaml;
    EXPECT_TRUE(diff(read->subscriptions[0], pricing).empty()) << yaml;
  }
  EXPECT_THAT(
      yaml_of(imported(1, "s", odd)),
      testing::AllOf(HasSubstr("    promptEvidence: on\n"), HasSubstr("      \"AINewThing\": on\n"),
                     HasSubstr("    # Unchanged: Half is 'Maybe'")));
}

TEST(ImportYaml, WhatMostHaveIsDeclaredOnce) {
  std::vector<ImportedSubscription> many;
  for (unsigned n = 1; n <= 300; ++n)
    many.push_back(
        imported(n, "s" + std::to_string(n),
                 standard_plan({{"AIPromptEvidence", true}, {"AIModelScanner", false}})));
  many.push_back(imported(301, "other",
                          standard_plan({{"AIPromptEvidence", false}, {"AIModelScanner", false}})));
  many.push_back(imported(302, "sandbox", free_plan()));
  const auto state = import_state(many, "observe", std::nullopt);
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_THAT(state->yaml, HasSubstr("  mode: observe\n  plan: on\n  modelScanner: off\n"
                                     "  promptEvidence: on\n\nsubscriptions:\n"));
  EXPECT_THAT(state->yaml,
              HasSubstr("\n  - id: " + subscription_id(1).text() + "\n    name: \"s1\"\n\n"));
  EXPECT_THAT(state->yaml, HasSubstr("    name: \"other\"\n    promptEvidence: off\n\n"));
  EXPECT_THAT(state->yaml, HasSubstr("    name: \"sandbox\"\n    plan: off\n"));
}

TEST(ImportYaml, ADefaultDeclaresNothingThatAzureDoesNotShow) {
  const auto state = import_state(
      {imported(1, "a", standard_plan({{"AIPromptEvidence", true}})),
       imported(2, "b", standard_plan({{"AIPromptEvidence", true}})), imported(3, "c")},
      "observe", std::nullopt);
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_THAT(state->yaml, HasSubstr("  plan: on\n\nsubscriptions:\n"));
  EXPECT_THAT(state->yaml, HasSubstr("    name: \"a\"\n    promptEvidence: on\n"));
}

TEST(ImportYaml, ItsFirstLineNamesTheSchema) {
  EXPECT_THAT(yaml_of(imported(1, "a")),
              testing::StartsWith("# yaml-language-server: $schema=desired-state.schema.json\n"));
}

TEST(ImportYaml, WhatIsOddIsCommented) {
  ImportedSubscription disabled = imported(1, "a");
  disabled.listed.state = "Disabled";
  EXPECT_THAT(yaml_of(disabled), HasSubstr("  # Disabled in Azure: "));
  disabled.listed.state = "PastDue";
  EXPECT_THAT(yaml_of(disabled), HasSubstr("  # Its state in Azure is PastDue.\n"));
  Pricing unknown = standard_plan();
  unknown.tier = Tier::Other;
  unknown.tier_text = "Gold";
  const auto state =
      import_state({imported(1, "a"), imported(2, "b", unknown)}, "enforce", std::nullopt);
  ASSERT_TRUE(state);
  EXPECT_THAT(state->yaml, HasSubstr("tier 'Gold'"));
  EXPECT_THAT(state->yaml, HasSubstr("  mode: enforce\n"));
}

TEST(ImportYaml, NothingToDeclareIsAnError) {
  ImportedSubscription one = imported(1, "a", std::nullopt);
  one.why = "Forbidden: no role";
  const auto state = import_state({one}, "observe", std::nullopt);
  ASSERT_FALSE(state);
  EXPECT_THAT(state.error().message, HasSubstr("Forbidden: no role"));
}

TEST(ImportYaml, SaysThroughWhichTenantACustomersSubscriptionIsReached) {
  const auto own = TenantId::parse("aaaaaaaa-0000-4000-8000-000000000001");
  const auto customer = TenantId::parse("bbbbbbbb-0000-4000-8000-000000000002");
  ImportedSubscription one = imported(1, "theirs");
  one.listed.tenant = customer;
  const auto guest = import_state({one}, "observe", own);
  ASSERT_TRUE(guest);
  EXPECT_THAT(guest->yaml, HasSubstr("  # Its home tenant is " + customer->text() +
                                     "; it is accessed through the tenant above.\n"));
  one.listed.managed_by = {*own};
  const auto delegated = import_state({one}, "observe", own);
  ASSERT_TRUE(delegated);
  EXPECT_THAT(delegated->yaml, HasSubstr(", which delegates it by Azure Lighthouse; it is accessed "
                                         "through the tenant above.\n"));
  EXPECT_THAT(delegated->yaml, Not(HasSubstr("tenantId: " + customer->text())));
}

}  // namespace
}  // namespace defenderd
