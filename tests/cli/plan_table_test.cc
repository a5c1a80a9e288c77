#include "cli/plan_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "cli/sweep_builders.h"
#include "cli/table_cell.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::vector<SweptSubscription> some() {
  std::vector<SweptSubscription> rows{
      swept(1, "chat-prod", {planned(true), planned(true, "AIPromptEvidence")}),
      swept(2, "client-files", {planned(false), withheld(Reason::ObserveMode)}),
      swept(3, "", {withheld(Reason::DisableBrake)}), swept(4, "quiet", {})};
  for (SweptSubscription& row : rows) row.outcome.desired.source = "subscriptions.yaml:7";
  return rows;
}

std::size_t widest(const std::string& text) {
  std::istringstream lines(text);
  std::size_t most = 0;
  for (std::string line; std::getline(lines, line);) most = std::max(most, columns(line));
  return most;
}

TEST(PlanTable, ShowsEverythingWhereThereIsRoom) {
  const std::string expected =
      "SUBSCRIPTION                          CHANGE                                    WHAT "
      "HAPPENS            ID                                    DECLARED BY\n"
      "chat-prod                             plan off -> on, promptEvidence off -> on  to change   "
      "            00000000-0000-4000-8000-000000000001  subscriptions.yaml:7\n"
      "client-files                          plan on -> off                            to change   "
      "            00000000-0000-4000-8000-000000000002  subscriptions.yaml:7\n"
      "                                      plan off -> on                            withheld: "
      "ObserveMode\n"
      "00000000-0000-4000-8000-000000000003  plan off -> on                            withheld: "
      "DisableBrake  00000000-0000-4000-8000-000000000003  subscriptions.yaml:7\n";
  EXPECT_EQ(plan_table(some(), {}), expected);
  EXPECT_EQ(plan_table(some(), {200, false}), expected);
}

TEST(PlanTable, NamesComeBeforeIdsAndSourcesInEightyColumns) {
  std::vector<SweptSubscription> rows = some();
  rows.erase(rows.begin() + 2);
  rows[0].outcome.changes.push_back(planned(false, "AIPromptSharingWithPurview"));
  EXPECT_EQ(plan_table(rows, {80, false}),
            "SUBSCRIPTION  CHANGE                                       WHAT HAPPENS\n"
            "chat-prod     plan off -> on, promptEvidence off -> on,    to change\n"
            "              purviewSharing on -> off\n"
            "client-files  plan on -> off                               to change\n"
            "              plan off -> on                               withheld: ObserveMode\n");
}

TEST(PlanTable, SeveralWavesAreShownInTheirOrder) {
  std::vector<SweptSubscription> rows{swept(1, "the-rest", {withheld(Reason::WaitsForEarlierWave)}),
                                      swept(2, "pilot", {planned(true)}),
                                      swept(3, "second", {planned(true)})};
  rows[0].outcome.desired.wave = 20;
  rows[2].outcome.desired.wave = 5;
  EXPECT_EQ(plan_table(rows, {80, false}),
            "SUBSCRIPTION  WAVE  CHANGE          WHAT HAPPENS\n"
            "pilot         0     plan off -> on  to change\n"
            "second        5     plan off -> on  to change\n"
            "the-rest      20    plan off -> on  withheld: WaitsForEarlierWave\n");
  rows.erase(rows.begin() + 1, rows.end());
  EXPECT_THAT(plan_table(rows, {80, false}), Not(HasSubstr("WAVE"))) << "one wave needs no column";
}

TEST(PlanTable, FitsAnyReadableWidth) {
  std::vector<SweptSubscription> rows = some();
  rows.push_back(swept(5, "a-subscription-with-quite-a-long-name-indeed",
                       {planned(false), planned(false, "AIPromptEvidence"),
                        planned(true, "AIPromptSharingWithPurview")}));
  rows.back().outcome.desired.wave = 99;
  for (const std::size_t width : {80U, 100U, 120U, 160U, 200U, 300U}) {
    const std::string text = plan_table(rows, {width, false});
    EXPECT_LE(widest(text), width) << text;
    EXPECT_THAT(text, HasSubstr("purviewSharing off -> on")) << width;
    EXPECT_THAT(text, HasSubstr("a-subscripti")) << width;
  }
  EXPECT_THAT(plan_table(rows, {80, false}), Not(HasSubstr("DECLARED BY")));
}

TEST(PlanTable, RedIsWhatSwitchesProtectionOff) {
  const std::string text = plan_table({swept(1, "a", {planned(false)}),
                                       swept(2, "b", {planned(true)}), swept(3, "c", {withheld()})},
                                      {0, true});
  EXPECT_THAT(text, AllOf(HasSubstr("\033[31mplan on -> off\033[0m"),
                          HasSubstr("\033[32mplan off -> on\033[0m"),
                          HasSubstr("\033[33mwithheld: DisableBrake\033[0m")));
  EXPECT_THAT(plan_table(some(), {}), Not(HasSubstr("\033")));
}

TEST(PlanTable, ColorsDoNotMoveAColumn) {
  for (const std::size_t width : {0U, 80U}) {
    std::string colored = plan_table(some(), {width, true});
    for (const std::string_view code :
         {kRed, kGreen, kYellow, kBold, std::string_view("\033[0m")}) {
      for (std::size_t at = colored.find(code); at != std::string::npos; at = colored.find(code))
        colored.erase(at, code.size());
    }
    EXPECT_EQ(colored, plan_table(some(), {width, false}));
  }
}

TEST(PlanTable, TellsSubscriptionsOfOneNameApart) {
  const std::string text = plan_table(
      {swept(1, "twin", {planned(true)}), swept(2, "twin", {planned(true)})}, {80, false});
  EXPECT_THAT(text, HasSubstr("twin (00000000)"));
}

TEST(PlanTable, ShowsWhatIsLeftForLater) {
  EXPECT_THAT(plan_table({skipped(swept(1, "a", {planned(true)}))}, {}),
              HasSubstr("not now: --max 1"));
}

TEST(PlanTable, NamesNeitherForgeALineNorBendTheTable) {
  const std::string text = plan_table({swept(1,
                                             "k\xC3\xBC"
                                             "che\n\033[31m",
                                             {planned(true)}),
                                       swept(2, "", {planned(true)})},
                                      {});
  EXPECT_THAT(text, Not(HasSubstr("\033")));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
}

TEST(PlanTable, IsNothingWhereNothingDiffers) {
  EXPECT_EQ(
      plan_table(
          {swept(1, "a", {}), unreadable(2, "b"), unselected(swept(3, "c", {planned(true)}))}, {}),
      "");
}

TEST(TableCell, CutsAtACharacter) {
  EXPECT_EQ(cut("abcdef", 6), "abcdef");
  EXPECT_EQ(cut("abcdefg", 6), "abc...");
  EXPECT_EQ(cut("\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC", 4), "\xC3\xBC...");
  EXPECT_EQ(cut("abcdef", 2), "..");
}

TEST(TableCell, WrapsAtBlanks) {
  struct Case {
    const char* description;
    std::string text;
    std::size_t width;
    std::string wrapped;
  };
  const std::vector<Case> cases{
      {"unlimited", "a bc def", 0, "a bc def"},
      {"no room", "a bc def", 10, "a bc def"},
      {"fits exactly", "0123456789 0123456789 01234", 27, "0123456789 0123456789 01234"},
      {"one too many", "0123456789 0123456789 012345", 27, "0123456789 0123456789\n    012345"},
      {"keeps its own indent", "  0123456789 0123456789 0123456789", 25,
       "  0123456789 0123456789\n    0123456789"},
      {"a long word stays whole", "a 0123456789012345678901234567890 b", 24,
       "a\n    0123456789012345678901234567890\n    b"},
      {"nothing", "", 80, ""},
  };
  for (const Case& each : cases)
    EXPECT_EQ(wrap(each.text, each.width, 4), each.wrapped) << each.description;
}

}  // namespace
}  // namespace defenderd
