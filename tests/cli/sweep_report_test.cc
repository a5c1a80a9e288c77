#include "cli/sweep_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "support/builders.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

SweptSubscription swept(unsigned n, const std::string& name, const std::vector<Change>& changes) {
  SweptSubscription result;
  result.outcome.desired = declared(n, true);
  result.outcome.desired.name = name;
  result.outcome.observed = Pricing{};
  result.outcome.changes = changes;
  for (const Change& change : changes) {
    if (change.result != ChangeResult::Applied) result.outcome.drift_left.push_back(change.drift);
  }
  return result;
}

Change plan_change(ChangeResult result, Reason reason = Reason::AsDeclared,
                   const std::string& message = "") {
  return {{Field::plan(kDeclaredPlan), true, "off"}, result, reason, message, {}};
}

TEST(SweepReport, ColoursOnlyWhenTheyAreWanted) {
  SweepResult result;
  result.subscriptions.push_back(swept(1, "a", {plan_change(ChangeResult::Planned)}));
  EXPECT_THAT(as_table(result, true), HasSubstr("\033[32mwould be corrected\033[0m"));
  EXPECT_THAT(as_table(result, false), Not(HasSubstr("\033")));
}

TEST(SweepReport, SaysWhatSwitchingThePlanOnCosts) {
  SweepResult result;
  result.subscriptions.push_back(swept(1, "a", {plan_change(ChangeResult::Planned)}));
  EXPECT_THAT(as_table(result, false),
              HasSubstr("\n1 change switches the plan on, which is billed by the tokens"));
  result.subscriptions.push_back(swept(2, "b", {plan_change(ChangeResult::Planned)}));
  EXPECT_THAT(as_table(result, false), HasSubstr("\n2 changes switch the plan on, which is"));
}

TEST(SweepReport, OtherChangesCostNothing) {
  Change off = plan_change(ChangeResult::Planned);
  off.drift.desired = false;
  SweepResult result;
  result.subscriptions.push_back(swept(1, "a", {off}));
  result.subscriptions.push_back(swept(2, "b", {plan_change(ChangeResult::Withheld)}));
  EXPECT_THAT(as_table(result, false), Not(HasSubstr("billed")));
}

TEST(SweepReport, APlannedChangeCanHaveAReason) {
  SweepResult result;
  result.subscriptions.push_back(
      swept(1, "s", {plan_change(ChangeResult::Planned, Reason::ExtensionFailed, "no quota")}));
  EXPECT_THAT(as_table(result, false), HasSubstr("ExtensionFailed: no quota\n"));
}

TEST(SweepReport, AnExplanationStandsOnceHoweverManyItConcerns) {
  SweepResult result;
  for (unsigned n = 1; n <= 3; ++n) {
    result.subscriptions.push_back(
        swept(n, "s", {plan_change(ChangeResult::Withheld, Reason::DisableBrake, "too many")}));
  }
  result.confirm_code = "3f2a91bc";
  const std::string text = as_table(result, false);
  EXPECT_EQ(text.find("too many"), text.rfind("too many"));
  EXPECT_THAT(text, AllOf(HasSubstr("DisableBrake: too many\n"),
                          HasSubstr("defenderd apply --confirm 3f2a91bc\n"),
                          HasSubstr("0 of 3 subscriptions are in sync; 3 changes are withheld\n")));
}

TEST(SweepReport, NamesNeitherForgeALineNorBendTheTable) {
  SweepResult result;
  result.subscriptions.push_back(swept(1,
                                       "k\xC3\xBC"
                                       "che\n\033[31m",
                                       {plan_change(ChangeResult::Planned)}));
  result.subscriptions.push_back(swept(2, "", {plan_change(ChangeResult::Planned)}));
  const std::string text = as_table(result, false);
  EXPECT_THAT(text, Not(HasSubstr("\033")));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 6);
}

TEST(SweepReport, ExitCodeSaysWhatIsLeft) {
  SweepResult result;
  result.subscriptions.push_back(swept(1, "a", {plan_change(ChangeResult::Applied)}));
  EXPECT_EQ(exit_code(result), 0);
  result.subscriptions.push_back(swept(2, "b", {plan_change(ChangeResult::Failed)}));
  EXPECT_EQ(exit_code(result), 1);
  result.subscriptions.push_back(swept(3, "c", {}));
  result.subscriptions.back().outcome.observed.reset();
  EXPECT_EQ(exit_code(result), 2);
  result.subscriptions.resize(1);
  result.stopped = true;
  EXPECT_EQ(exit_code(result), 2);
}

TEST(SweepReport, ChangesOfAnEarlierLookAreCountedAndTold) {
  SweepResult result;
  result.subscriptions.push_back(swept(1, "a", {}));
  result.subscriptions[0].applied.push_back(plan_change(ChangeResult::Applied));
  EXPECT_THAT(as_table(result, false), HasSubstr("1 change was made"));
  EXPECT_THAT(as_json(result, "Apply"),
              AllOf(HasSubstr(R"("changesApplied":1)"), HasSubstr(R"("result":"applied")")));
}

}  // namespace
}  // namespace defenderd
