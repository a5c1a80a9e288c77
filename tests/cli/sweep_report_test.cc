#include "cli/sweep_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/sweep_builders.h"
#include "cli/sweep_counts.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string plan_text(const SweepResult& result, const Layout& layout = {}) {
  return plan_report(result, "defenderd apply --confirm " + result.confirm_code, layout);
}

std::ptrdiff_t lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

TEST(SweepReport, SummaryCountsEachSubscriptionOnce) {
  SweepResult result;
  for (unsigned n = 1; n <= 4; ++n) result.subscriptions.push_back(swept(n, "on", {planned(true)}));
  for (unsigned n = 5; n <= 7; ++n)
    result.subscriptions.push_back(swept(n, "off", {planned(false)}));
  for (unsigned n = 100; n < 383; ++n) result.subscriptions.push_back(swept(n, "quiet", {}));
  for (unsigned n = 400; n < 410; ++n)
    result.subscriptions.push_back(unreadable(n, "foreign", Reason::Forbidden, "no role"));
  EXPECT_THAT(plan_text(result),
              HasSubstr("\nPlan: 7 subscriptions to change (on 4, off 3), 283 in sync, 10 not "
                        "readable\n4 changes switch the plan on, which is billed by the tokens"));
}

TEST(SweepReport, SummaryNamesOnlyWhatThereIs) {
  struct Case {
    const char* description;
    std::vector<SweptSubscription> swept;
    const char* summary;
  };
  const std::vector<Case> cases{
      {"nothing to do", {swept(1, "a", {})}, "Plan: 0 subscriptions to change, 1 in sync\n"},
      {"one off",
       {swept(1, "a", {planned(false)})},
       "Plan: 1 subscription to change (off 1), 0 in sync\n"},
      {"on and off in one",
       {swept(1, "a", {planned(true), planned(false, "AIPromptEvidence")})},
       "Plan: 1 subscription to change (off 1), 0 in sync\n"},
      {"withheld",
       {swept(1, "a", {withheld(Reason::ObserveMode)})},
       "Plan: 0 subscriptions to change, 0 in sync, 1 withheld\n"},
      {"beyond --max",
       {swept(1, "a", {planned(true)}), skipped(swept(2, "b", {planned(true)}))},
       "Plan: 1 subscription to change (on 1), 1 left for later (--max), 0 in sync\n"},
      {"not selected",
       {swept(1, "a", {}), unselected(swept(2, "b", {planned(true)}))},
       "Plan: 0 subscriptions to change, 1 in sync, 1 not selected\n"},
  };
  for (const Case& each : cases) {
    SweepResult result;
    result.subscriptions = each.swept;
    EXPECT_THAT(plan_summary(count(result)), StartsWith(each.summary)) << each.description;
  }
}

TEST(SweepReport, OnlyWhatIsWrittenNowCosts) {
  SweepResult result;
  result.subscriptions = {swept(1, "a", {planned(false)}), swept(2, "b", {withheld()}),
                          skipped(swept(3, "c", {planned(true)}))};
  EXPECT_THAT(plan_text(result), Not(HasSubstr("billed")));
  result.subscriptions.push_back(swept(4, "d", {planned(true)}));
  EXPECT_THAT(plan_text(result), HasSubstr("\n1 change switches the plan on, which is billed by"));
}

TEST(SweepReport, APlannedChangeCanHaveAReason) {
  SweepResult result;
  Change change = planned(true);
  change.reason = Reason::ExtensionFailed;
  change.message = "no quota";
  result.subscriptions.push_back(swept(1, "s", {change}));
  EXPECT_THAT(plan_text(result), HasSubstr("ExtensionFailed: no quota\n"));
}

TEST(SweepReport, AMissingRoleOnThreeHundredSubscriptionsFitsAScreen) {
  SweepResult result;
  for (unsigned n = 1; n <= 300; ++n) {
    result.subscriptions.push_back(unreadable(
        n, "sub-" + std::to_string(n), Reason::Forbidden,
        "the identity may not do this; assign it the role Reader on /subscriptions/" + guid(n) +
            ". ARM answered GET 403 at 2026-01-01T00:00:" + std::to_string(n)));
  }
  const std::string text = plan_text(result);
  EXPECT_LT(lines(text), 5) << text;
  EXPECT_THAT(text, HasSubstr("not readable (Forbidden): 300 subscriptions (sub-1, sub-2, sub-3, "
                              "...): the identity may not do this; assign it the role Reader on "
                              "/subscriptions/SUBSCRIPTION_ID. ARM answered"));
}

TEST(SweepReport, FailedWritesAreFoldedToo) {
  SweepResult result;
  for (unsigned n = 1; n <= 300; ++n) {
    Change change = planned(true);
    change.result = ChangeResult::Failed;
    change.reason = Reason::Forbidden;
    change.message = "assign Security Admin on /subscriptions/" + guid(n);
    result.subscriptions.push_back(tried(swept(n, "sub-" + std::to_string(n), {change, change})));
  }
  const std::string text = apply_report(result, "", {});
  EXPECT_LT(lines(text), 5) << text;
  EXPECT_THAT(text, AllOf(HasSubstr("failed (Forbidden): 300 subscriptions (sub-1, "),
                          HasSubstr("Applied: 0 subscriptions changed, 0 in sync, 300 failed\n")));
}

TEST(SweepReport, AnExplanationStandsOnceAndTheHintAfterIt) {
  SweepResult result;
  for (unsigned n = 1; n <= 3; ++n) {
    result.subscriptions.push_back(swept(n, "s", {withheld(Reason::DisableBrake, "too many")}));
  }
  result.confirm_code = "3f2a91bc";
  const std::string text = plan_text(result);
  EXPECT_EQ(text.find("too many"), text.rfind("too many"));
  EXPECT_THAT(text, AllOf(HasSubstr("\nDisableBrake: too many\nTo confirm the held changes: "
                                    "defenderd apply --confirm 3f2a91bc\n"),
                          HasSubstr("0 in sync, 3 withheld\n")));
}

TEST(SweepReport, ExitCodeSaysWhatIsLeft) {
  struct Case {
    const char* description;
    std::vector<SweptSubscription> swept;
    bool stopped;
    int code;
  };
  const std::vector<Case> cases{
      {"written", {swept(1, "a", {applied(true)})}, false, 0},
      {"planned", {swept(1, "a", {planned(true)})}, false, 1},
      {"withheld", {swept(1, "a", {withheld()})}, false, 1},
      {"left by --max", {skipped(swept(1, "a", {planned(true)}))}, false, 1},
      {"one not readable", {swept(1, "a", {planned(true)}), unreadable(2, "b")}, false, 3},
      {"one that is not selected", {swept(1, "a", {}), unselected(unreadable(2, "b"))}, false, 0},
      {"stopped", {swept(1, "a", {planned(true)}), unreadable(2, "b")}, true, 130},
  };
  for (const Case& each : cases) {
    SweepResult result;
    result.subscriptions = each.swept;
    result.stopped = each.stopped;
    EXPECT_EQ(exit_code(result), each.code) << each.description;
  }
}

TEST(SweepReport, AStopSaysWhatWasDoneAndNotWhatWasNot) {
  SweepResult result;
  result.stopped = true;
  result.subscriptions.push_back(swept(1, "first", {planned(true)}));
  for (unsigned n = 2; n <= 3000; ++n) result.subscriptions.push_back(unreached(n));
  const std::string plan = plan_text(result);
  EXPECT_LT(lines(plan), 5) << plan;
  EXPECT_THAT(plan, AllOf(HasSubstr("first"), HasSubstr("Stopped: 1 of 3,000 subscriptions read, "
                                                        "nothing written\n")));
  result.subscriptions.resize(1);
  result.subscriptions[0] = tried(swept(1, "first", {applied(false)}));
  for (unsigned n = 2; n <= 7; ++n)
    result.subscriptions.push_back(swept(n, "later", {planned(true)}));
  EXPECT_EQ(apply_report(result, "", {}),
            "\nStopped: 1 subscription changed (off 1), 6 of the plan not written\n");
}

TEST(SweepReport, ChangesOfAnEarlierLookAreCounted) {
  SweepResult result;
  result.subscriptions.push_back(swept(1, "a", {}));
  result.subscriptions[0].applied.push_back(applied(true));
  EXPECT_THAT(apply_report(result, "", {}),
              HasSubstr("Applied: 1 subscription changed (on 1), 1 in sync\n"));
  EXPECT_THAT(as_json(result, "Apply"),
              AllOf(HasSubstr(R"("changesApplied":1)"), HasSubstr(R"("result":"applied")")));
}

TEST(SweepReport, JsonHasOnlyWhatIsSelected) {
  SweepResult result;
  result.subscriptions = {skipped(swept(1, "a", {planned(true)})),
                          unselected(swept(2, "b", {planned(true)}))};
  const std::string json = as_json(result, "Diff");
  EXPECT_THAT(json, AllOf(HasSubstr(R"("subscriptions":1,)"), HasSubstr(R"("notSelected":1,)"),
                          HasSubstr(R"("skipped":"--max 1")"), Not(HasSubstr(guid(2)))));
}

TEST(SweepReport, ALineForEachSubscriptionThatWasWritten) {
  const SweptSubscription one =
      swept(1, "chat-prod", {applied(true), applied(false, "AIPromptEvidence")});
  EXPECT_EQ(change_lines(one.outcome, {}),
            "corrected  chat-prod  plan off -> on, promptEvidence on -> off  (" + guid(1) + ")\n");
  EXPECT_EQ(change_lines(one.outcome, {80, true}),
            "corrected  chat-prod  \033[32mplan off -> on\033[0m\033[31m, promptEvidence on -> "
            "off\033[0m\n");
  EXPECT_EQ(change_lines(swept(1, "a", {planned(true)}).outcome, {}), "");
}

}  // namespace
}  // namespace defenderd
