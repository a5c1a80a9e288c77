#include "core/decide.h"

#include <gtest/gtest.h>

#include "support/builders.h"

namespace defenderd {
namespace {

constexpr WallTime kNow = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);
const DesiredSubscription kOn = declared(1, true, {evidence(true)});

TEST(DecideTest, PlansEveryDriftThatTheGateLetsThrough) {
  const std::vector<Drift> drifts = diff(kOn, free_plan());
  ASSERT_EQ(drifts.size(), 2U);
  const auto changes = decide(kOn, free_plan(), drifts, {kNow});
  ASSERT_EQ(changes.size(), 2U);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    EXPECT_EQ(changes[i].drift, drifts[i]);
    EXPECT_EQ(changes[i].result, ChangeResult::Planned);
  }
}

TEST(DecideTest, WithholdsEveryDriftByTheRulesOfTheGate) {
  const std::vector<Drift> drifts = diff(kOn, free_plan());
  const auto changes = decide(kOn, free_plan(), drifts, {kNow, WritePermit::observing()});
  ASSERT_EQ(changes.size(), 2U);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    EXPECT_EQ(changes[i].drift, drifts[i]);
    EXPECT_EQ(changes[i].result, ChangeResult::Withheld);
    EXPECT_EQ(changes[i].reason, Reason::ObserveMode);
    EXPECT_NE(changes[i].message.find("--observe"), std::string::npos) << changes[i].message;
  }
}

TEST(DecideTest, SafetyWithholdsOneDriftAlone) {
  const DesiredSubscription desired =
      declared(1, true, {{"AIModelScanner", true}, evidence(false)});
  const Pricing observed = standard_plan({{"AIModelScanner", false}, {"AIPromptEvidence", true}});
  SafetyVerdict verdict;
  verdict.withhold(Field::extension(kDeclaredPlan, "AIPromptEvidence"),
                   {Reason::DisableBrake, "held"});
  const auto changes = decide(desired, observed, diff(desired, observed), {kNow, {}, &verdict});
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].result, ChangeResult::Planned);
  EXPECT_EQ(changes[1].reason, Reason::DisableBrake);
  EXPECT_EQ(changes[1].message, "held");
}

TEST(DecideTest, ExtensionsWaitWithThePlanTheyNeed) {
  SafetyVerdict verdict;
  verdict.withhold(Field::plan(kDeclaredPlan), {Reason::EnableBrake, "costs money"});
  verdict.withhold(Field::extension(kDeclaredPlan, "AIPromptEvidence"), {Reason::Contested, "no"});
  const auto changes = decide(kOn, free_plan(), diff(kOn, free_plan()), {kNow, {}, &verdict});
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[1].drift.field.text(), "promptEvidence");
  EXPECT_EQ(changes[1].reason, Reason::EnableBrake);
}

}  // namespace
}  // namespace defenderd
