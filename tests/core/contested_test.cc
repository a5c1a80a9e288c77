#include "core/contested.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr SteadyTime kStart = SteadyTime(100h);

const Field kEvidence = Field::extension(kDeclaredPlan, std::string(kPromptEvidence));

struct Case {
  std::string what;
  ContestedRule rule;
  std::vector<Duration> corrections;  // since the start
  Duration drifts_at;
  bool contested;
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.what; }

class ContestedTest : public testing::TestWithParam<Case> {};

TEST_P(ContestedTest, IsAMatterOfHowOftenInWhatTime) {
  const Case& item = GetParam();
  CorrectionHistory history;
  for (const Duration at : item.corrections) {
    history.drifted(kStart + at, item.rule);
    EXPECT_FALSE(history.contested()) << item.what << ": not before the last correction";
    history.corrected(kStart + at, item.rule);
  }
  EXPECT_FALSE(history.contested()) << item.what << ": not before it came back";
  history.drifted(kStart + item.drifts_at, item.rule);
  EXPECT_EQ(history.contested(), item.contested) << item.what;
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ContestedTest,
    testing::Values(
        Case{"never corrected", {3, 1h}, {}, 1min, false},
        Case{"corrected twice", {3, 1h}, {0min, 5min}, 10min, false},
        Case{"three times", {3, 1h}, {0min, 5min, 10min}, 15min, true},
        Case{"three times, on the edge of the window", {3, 1h}, {0min, 5min, 10min}, 60min, true},
        Case{"three times, too slowly", {3, 1h}, {0min, 40min, 50min}, 61min, false},
        Case{"the last three count", {3, 1h}, {0min, 61min, 62min, 63min}, 64min, true},
        Case{"once is enough where the rule says so", {1, 1h}, {0min}, 1min, true}));

TEST(CorrectionHistoryTest, PausesGrowToAnHourAndNoLonger) {
  const ContestedRule rule;
  CorrectionHistory history;
  SteadyTime now = kStart;
  for (int i = 0; i < 3; ++i) history.corrected(now, rule);
  history.drifted(now, rule);
  std::vector<Duration> pauses;
  for (int i = 0; i < 6; ++i) {
    pauses.push_back(history.next_correction(rule) - now);
    now = history.next_correction(rule);
    history.corrected(now, rule);
    history.drifted(now + 1min, rule);
    EXPECT_TRUE(history.contested());
  }
  EXPECT_EQ(pauses, (std::vector<Duration>{10min, 20min, 40min, 1h, 1h, 1h}));
}

// A correction takes a check: three within an hour need checks that are closer than 20 minutes.
TEST(CorrectionHistoryTest, LongIntervalsMakeTheWindowAndThePausesLonger) {
  struct {
    Duration interval, window;
    std::vector<Duration> pauses;
  } const cases[] = {{5min, 1h, {10min, 20min, 40min, 1h}},
                     {10min, 1h, {20min, 40min, 1h}},
                     {45min, 198min, {90min, 90min}},
                     {7 * 24h, 44352min, {14 * 24h, 14 * 24h}}};
  for (const auto& one : cases) {
    const ContestedRule rule{3, 1h, one.interval, 0.1};
    EXPECT_EQ(rule.window(), one.window);
    CorrectionHistory history;
    for (int i = 0; i < 3; ++i) history.corrected(kStart + i * one.interval, rule);
    history.drifted(kStart + 3 * one.interval, rule);
    EXPECT_TRUE(history.contested());
    SteadyTime last = kStart + 2 * one.interval;
    for (const Duration pause : one.pauses) {
      EXPECT_EQ(history.next_correction(rule) - last, pause);
      last += pause;
      history.corrected(last, rule);
    }
    EXPECT_FALSE(history.is_over(last + one.window - 1s, rule));
    EXPECT_TRUE(history.is_over(last + one.window, rule));
  }
}

TEST(CorrectionHistoryTest, IsForgottenOnceTheFieldStaysPut) {
  const ContestedRule rule;
  CorrectionHistory history;
  for (int i = 0; i < 3; ++i) history.corrected(kStart, rule);
  EXPECT_FALSE(history.is_over(kStart + 59min, rule));
  EXPECT_TRUE(history.is_over(kStart + 1h, rule));
  history.drifted(kStart + 50min, rule);
  EXPECT_FALSE(history.is_over(kStart + 1h, rule)) << "it moved since";
  EXPECT_TRUE(history.is_over(kStart + 110min, rule));
}

TEST(ContestedMessageTest, NamesWhoMayBeBehindIt) {
  const ContestedRule rule{3, 1h};
  const WallTime next = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1));
  const auto message = [&](const Field& field, bool desired) {
    return contested_message({field, desired, desired ? "off" : "on"}, rule, next);
  };
  const std::string full = "359a48a3-351a-4618-bb32-f1628645694b";
  const std::string plan = "7e92882a-2f8a-4991-9bc4-d3147d40abb0";

  const std::string evidence = message(kEvidence, false);
  EXPECT_THAT(evidence,
              HasSubstr("promptEvidence was corrected 3 times within 1h and is on again"));
  EXPECT_THAT(evidence, HasSubstr(full));
  EXPECT_THAT(evidence, HasSubstr("f08c57cd-dbd6-49a4-a85e-9ae77ac959b0")) << "its initiative";
  EXPECT_THAT(evidence, HasSubstr(plan));
  EXPECT_THAT(evidence, HasSubstr("Exempt the subscription"));
  EXPECT_THAT(evidence, HasSubstr("declare promptEvidence: on"));
  EXPECT_THAT(evidence, HasSubstr("2026-03-01T00:00:00.000Z"));

  EXPECT_THAT(contested_message({kEvidence, false, "on"}, {1, 1h}, next),
              HasSubstr("promptEvidence was corrected 1 time within 1h and is on again"));

  EXPECT_THAT(evidence, HasSubstr("then less often, at least hourly"));
  EXPECT_THAT(contested_message({kEvidence, false, "on"}, {3, 1h, 45min, 0.1}, next),
              AllOf(HasSubstr("3 times within 3h18m"), HasSubstr("at least every 1h30m")));

  EXPECT_THAT(contested_message({kEvidence, false, "on"}, rule, next, "alice, at noon"),
              HasSubstr("something else writes it, last alice, at noon; likely an assignment of"));
  EXPECT_THAT(
      contested_message({Field::plan(kDeclaredPlan), true, "off"}, rule, next, "alice, at noon"),
      HasSubstr("something else writes it, last alice, at noon. Exempt"));
  EXPECT_THAT(message(Field::plan(kDeclaredPlan), false), HasSubstr(plan));
  EXPECT_THAT(message(Field::plan(kDeclaredPlan), true), Not(HasSubstr(full)))
      << "no policy switches it off";
  EXPECT_THAT(message(kEvidence, true), HasSubstr(full)) << "by its parameters it may";
  EXPECT_THAT(message(Field::extension(kDeclaredPlan, "AIModelScanner"), false),
              Not(HasSubstr(full)));
  EXPECT_THAT(message(Field::extension(kDeclaredPlan, "AIModelScanner"), false),
              HasSubstr("modelScanner: on"));
}

TEST(Contested, AHistoryOutlivesARestart) {
  const ContestedRule rule;
  CorrectionHistory before;
  for (int i = 0; i < 4; ++i) {
    before.corrected(kStart + i * 5min, rule);
    before.drifted(kStart + i * 5min + 1min, rule);
  }
  ASSERT_TRUE(before.contested());
  const SteadyTime stopped = kStart + 20min;
  const WallTime wall = WallTime(500'000h);
  const RememberedCorrections memory = before.memory(stopped, wall);
  // Another process: its steady clock started anew, ten minutes later.
  const SteadyTime started = SteadyTime(1h);
  const auto after = CorrectionHistory::recalled(memory, wall, started, wall + 10min);
  EXPECT_TRUE(after.contested());
  EXPECT_EQ(after.next_correction(rule) - started, before.next_correction(rule) - stopped - 10min);
  EXPECT_EQ(after.is_over(started, rule), before.is_over(stopped + 10min, rule));
  EXPECT_EQ(after.memory(started, wall + 10min), memory);
}

TEST(Contested, AClockThatWasSetBackMakesNoHistoryYounger) {
  CorrectionHistory before;
  before.corrected(kStart, {});
  const WallTime wall = WallTime(500'000h);
  const auto memory = before.memory(kStart + 10min, wall);
  const auto after = CorrectionHistory::recalled(memory, wall, SteadyTime(9h), wall - 24h);
  EXPECT_FALSE(after.is_over(SteadyTime(9h) + 49min, {}));
  EXPECT_TRUE(after.is_over(SteadyTime(9h) + 50min, {}));
}

TEST(Contested, AHistoryWithoutCorrectionsIsNotContested) {
  const auto after =
      CorrectionHistory::recalled({{}, WallTime(1h), 3, true}, WallTime(1h), kStart, WallTime(1h));
  EXPECT_FALSE(after.contested());
}

}  // namespace
}  // namespace defenderd
