#include "cli/journal_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.h"

namespace defenderd {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string at(const std::string& time) { return "2026-01-01T" + time + "Z"; }
WallTime time(const std::string& text) { return *parse_rfc3339(at(text)); }

JournalLine line(const std::string& result, const std::string& when, const std::string& since,
                 const std::string& field = "plan") {
  JournalLine line;
  line.time = at(when);
  line.result = result;
  line.subscription_id = "id-1";
  line.name = "chat-prod";
  line.field = field;
  if (!since.empty()) line.since = at(since);
  return line;
}

JournalLine attributed(const std::string& when, const std::string& since, const std::string& actor,
                       const std::string& happened) {
  JournalLine result = line("attributed", when, since);
  result.actor = actor;
  result.happened = at(happened);
  return result;
}

class JournalSummaryTest : public testing::Test {
 protected:
  std::vector<JournalSummary::Row> rows(const std::vector<JournalLine>& lines,
                                        WallTime since = {}) {
    JournalSummary summary;
    for (const JournalLine& each : lines) summary.add(each);
    return summary.rows(time("20:00:00"), since);
  }
};

TEST_F(JournalSummaryTest, ACorrectionLastsFromTheDriftToItsEnd) {
  const auto found = rows({line("applied", "14:05:00", "14:02:00"),
                           line("applied", "14:05:01", "14:02:00", "promptEvidence")});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].drifts, 1U) << "one drift of two fields";
  EXPECT_EQ(found[0].differed, std::chrono::seconds(181));
  EXPECT_EQ(found[0].lasting, 0U);
  EXPECT_EQ(found[0].actor, "");
}

TEST_F(JournalSummaryTest, ItStartsWhenTheActorWroteIt) {
  const auto found = rows({line("applied", "14:05:00", "14:02:00"),
                           attributed("14:07:00", "14:02:00", "alice@contoso.com", "14:00:30")});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].actor, "alice@contoso.com");
  EXPECT_EQ(found[0].differed, std::chrono::seconds(270));
}

TEST_F(JournalSummaryTest, WhatIsWithheldLastsUntilItEndsOrUntilNow) {
  const auto found = rows({line("withheld", "10:00:00", "10:00:00"), line("ended", "11:00:00", ""),
                           line("withheld", "18:00:00", "18:00:00")});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].drifts, 2U);
  EXPECT_EQ(found[0].lasting, 1U);
  EXPECT_EQ(found[0].differed, std::chrono::hours(3));
  EXPECT_EQ(found[0].longest, std::chrono::hours(2));
}

// As earlier versions wrote them.
TEST_F(JournalSummaryTest, ADriftEndsAlsoByALineWithAnotherSince) {
  const auto found =
      rows({line("failed", "10:00:02", "10:00:00"), line("failed", "10:01:00", "10:00:02"),
            line("applied", "10:02:00", "10:00:02"),
            attributed("10:03:00", "10:00:00", "alice@contoso.com", "10:00:00")});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].drifts, 1U);
  EXPECT_EQ(found[0].lasting, 0U);
  EXPECT_EQ(found[0].differed, std::chrono::minutes(2));
}

TEST_F(JournalSummaryTest, ANewDriftSaysWhenTheOneBeforeHadEnded) {
  JournalLine again = line("applied", "12:00:10", "12:00:00");
  again.as_declared = at("11:00:00");
  const auto found = rows({line("failed", "10:00:00", "10:00:00"), again});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].drifts, 2U);
  EXPECT_EQ(found[0].lasting, 0U);
  EXPECT_EQ(found[0].longest, std::chrono::hours(1));
}

TEST_F(JournalSummaryTest, OnlyThePeriodCounts) {
  const std::vector<JournalLine> lines{
      line("withheld", "01:00:00", "01:00:00"),
      line("applied", "03:00:00", "02:30:00", "promptEvidence"),
      line("applied", "19:00:00", "17:00:00", "dataSecurity"),
  };
  const auto found = rows(lines, time("18:00:00"));
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].drifts, 2U) << "one ended before";
  EXPECT_EQ(found[0].lasting, 1U) << "it began before";
  EXPECT_EQ(found[0].differed, std::chrono::hours(3));
  EXPECT_EQ(found[0].longest, std::chrono::hours(2));
}

TEST_F(JournalSummaryTest, EachActorHasARowTheLongestFirst) {
  const auto found = rows({line("applied", "10:01:00", "10:00:00"),
                           attributed("10:02:00", "10:00:00", "alice@contoso.com", "09:59:00"),
                           line("applied", "12:00:00", "11:00:00"),
                           attributed("12:02:00", "11:00:00", "bob@contoso.com", "11:00:00"),
                           line("applied", "13:01:00", "13:00:00"),
                           attributed("13:02:00", "13:00:00", "alice@contoso.com", "13:00:00")});
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].actor, "bob@contoso.com");
  EXPECT_EQ(found[1].actor, "alice@contoso.com");
  EXPECT_EQ(found[1].drifts, 2U);
}

TEST_F(JournalSummaryTest, LinesWithoutATimeOrASubscriptionCountNothing) {
  JournalLine gap = line("gap", "10:00:00", "");
  gap.subscription_id = "";
  JournalLine torn = line("applied", "10:00:00", "");
  torn.time = "soon";
  EXPECT_THAT(rows({gap, torn}), IsEmpty());
}

TEST_F(JournalSummaryTest, OlderLinesHaveNoDuration) {
  const auto found = rows({line("applied", "14:05:00", "")});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].differed, Duration::zero());
}

TEST_F(JournalSummaryTest, IsShownAsATableAndAsJson) {
  const auto found = rows({line("applied", "14:05:00", "14:02:00"),
                           attributed("14:07:00", "14:02:00", "alice@contoso.com", "14:02:00"),
                           line("withheld", "19:00:00", "19:00:00")});
  const std::string table = as_table(found);
  EXPECT_THAT(table, HasSubstr("SUBSCRIPTION                          DRIFTS          NOT AS "
                               "DECLARED  LONGEST     BY\n"));
  EXPECT_THAT(table, HasSubstr("chat-prod                             1 (1 lasting)   1h           "
                               "    1h          not known\n"));
  EXPECT_THAT(table, HasSubstr("3m          alice@contoso.com\n"));
  EXPECT_THAT(
      as_json(found),
      HasSubstr(R"({"subscriptionId":"id-1","name":"chat-prod","actor":"alice@contoso.com",)"
                R"("drifts":1,"lasting":0,"secondsNotAsDeclared":180,"longestSeconds":180})"));
}

}  // namespace
}  // namespace defenderd
