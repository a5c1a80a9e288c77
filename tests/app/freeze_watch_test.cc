// What people see of freezes, and what happens when one ends.

#include "app/freeze_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/wired_fleet.h"
#include "base/time_text.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

class FreezeWatchTest : public WiredFleet {
 protected:
  void declare_two() {
    for (unsigned n = 1; n <= 2; ++n) store_.put(subscription_id(n), free_plan());
    declare({declared(1, true), declared(2, true)});
  }
  [[nodiscard]] std::vector<std::string> logged(const std::string& event) const {
    std::vector<std::string> lines;
    for (const std::string& line : logged_) {
      if (line.find("\"event\":\"" + event + "\"") != std::string::npos) lines.push_back(line);
    }
    return lines;
  }
  [[nodiscard]] std::vector<std::string> journaled(const std::string& result) const {
    std::vector<std::string> messages;
    for (const JournalLine& line : journaled_) {
      if (line.result == result) messages.push_back(line.actor + "|" + line.message);
    }
    return messages;
  }
  // Another process, with what this one would save.
  [[nodiscard]] std::string saved() const { return format(freeze_watch_.memory()); }
};

TEST_F(FreezeWatchTest, ABeginningAndAnEndAreReportedOnceEach) {
  freeze_watch_.set_declared({{.reason = "incident 4711", .by = "alice"}});
  freeze_watch_.check();
  freeze_watch_.check();
  ASSERT_THAT(logged("freeze"), SizeIs(1));
  EXPECT_THAT(logged("freeze").front(),
              AllOf(HasSubstr("\"level\":\"warn\""), HasSubstr("until the freeze is removed"),
                    HasSubstr("incident 4711 (alice)")));
  EXPECT_THAT(journaled("freeze"), SizeIs(1));
  EXPECT_THAT(journaled("freeze").front(), testing::StartsWith("alice|"));
  clock_.advance(90min);
  freeze_watch_.set_declared({});
  freeze_watch_.check();
  ASSERT_THAT(logged("thaw"), SizeIs(1));
  EXPECT_THAT(logged("thaw").front(), AllOf(HasSubstr("over after 1h30m: incident 4711"),
                                            HasSubstr("the settings were edited")));
  EXPECT_THAT(journaled("thaw"), SizeIs(1));
}

TEST_F(FreezeWatchTest, AnEarlyOneIsReportedOnceAndGoesOnWithTheSettings) {
  freeze_watch_.set_early({{.reason = "incident", .source = "config.yaml:3"}});
  EXPECT_THAT(logged("freeze"), SizeIs(1));
  freeze_watch_.set_declared({{.reason = "incident", .source = "config.yaml:4"}});
  freeze_watch_.set_early({});
  EXPECT_THAT(logged("freeze"), SizeIs(1));
  EXPECT_THAT(logged("thaw"), SizeIs(0));
  EXPECT_THAT(freeze_watch_.status(), SizeIs(1));
}

TEST_F(FreezeWatchTest, WhatWaitedIsWrittenWhenItEndsByItself) {
  freeze_watch_.set_declared({{.reason = "night", .until = clock_.wall_now() + 1h}});
  declare_two();
  EXPECT_EQ(store_.writes(), 0);
  EXPECT_EQ(row(1)->reason, Reason::Frozen);
  EXPECT_EQ(row(1)->state, State::Held);
  clock_.advance(59min);
  freeze_watch_.check();
  work();
  EXPECT_EQ(store_.writes(), 0);
  clock_.advance(61s);
  freeze_watch_.check();
  work();
  EXPECT_EQ(store_.writes(), 2);
  EXPECT_EQ(row(1)->state, State::InSync);
}

TEST_F(FreezeWatchTest, TheApiFreezesAtOnceAndThaws) {
  ASSERT_TRUE(freeze_watch_.freeze({.reason = "stop", .by = "bob"}));
  EXPECT_EQ(saves_, 1) << "a crash right after the answer forgets nothing";
  declare_two();
  EXPECT_EQ(store_.writes(), 0);
  ASSERT_THAT(freeze_watch_.status(), SizeIs(1));
  EXPECT_EQ(freeze_watch_.status().front().since, clock_.wall_now());
  freeze_watch_.set_declared({});
  EXPECT_EQ(freezes_.commanded().size(), 1U) << "the settings say nothing about it";
  EXPECT_EQ(freeze_watch_.thaw("all clear", "bob"), 1U);
  EXPECT_EQ(freeze_watch_.thaw("all clear", "bob"), 0U);
  EXPECT_THAT(logged("thaw").front(), HasSubstr("ended through the API: all clear (bob)"));
  work();
  EXPECT_EQ(store_.writes(), 2);
  EXPECT_THAT(freeze_watch_.status(), testing::IsEmpty());
}

TEST_F(FreezeWatchTest, AnOrderInThePastIsRefused) {
  const auto answer = freeze_watch_.freeze({.reason = "stop", .until = clock_.wall_now()});
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("not in the future"));
  EXPECT_THAT(logged("freeze"), SizeIs(0));
}

TEST_F(FreezeWatchTest, ARestartForgetsNoOrderAndRepeatsNoReport) {
  const std::vector<Freeze> declared{{.reason = "year-end"}};
  freeze_watch_.set_declared(declared);
  ASSERT_TRUE(freeze_watch_.freeze({.reason = "stop", .until = clock_.wall_now() + 5h}));
  const WallTime since = clock_.wall_now();
  const auto memory = parse_freezes_section(saved());
  ASSERT_TRUE(memory);
  EXPECT_EQ(*memory, freeze_watch_.memory());

  clock_.advance(2h);
  logged_.clear();
  Freezes freezes;
  FreezeWatch second({freezes, board_, *journal_, log_, clock_, [](SubscriptionId) {}, [] {}});
  second.recall(*memory);
  second.set_declared(declared);
  EXPECT_THAT(logged("freeze"), SizeIs(0));
  EXPECT_THAT(logged("thaw"), SizeIs(0));
  ASSERT_THAT(second.status(), SizeIs(2));
  EXPECT_EQ(second.status()[0].since, since) << "not since the restart";
  EXPECT_EQ(second.status()[1].ends, since + 5h);
}

TEST_F(FreezeWatchTest, WhatEndedWhileItWasStoppedIsReported) {
  ASSERT_TRUE(freeze_watch_.freeze({.reason = "stop", .until = clock_.wall_now() + 1h}));
  const FreezeMemory memory = freeze_watch_.memory();
  clock_.advance(2h);
  logged_.clear();
  Freezes freezes;
  FreezeWatch second({freezes, board_, *journal_, log_, clock_, [](SubscriptionId) {}, [] {}});
  second.recall(memory);
  second.set_declared({});
  EXPECT_THAT(logged("thaw"), SizeIs(1));
  EXPECT_THAT(second.status(), SizeIs(0));
}

TEST_F(FreezeWatchTest, IsAMetric) {
  metrics_.watch_freezes([this] { return freeze_watch_.status(); });
  EXPECT_EQ(metric("writes_frozen{reason=\"year-end\"}"), "");
  const WallTime start = clock_.wall_now();
  freeze_watch_.set_declared({{.reason = "year-end", .from = start + 1h, .until = start + 2h}});
  EXPECT_EQ(metric("writes_frozen{reason=\"year-end\"}"), "0");
  clock_.advance(1h);
  EXPECT_EQ(metric("writes_frozen{reason=\"year-end\"}"), "1") << "without a check in between";
  EXPECT_EQ(metric("endless_freeze_since_timestamp_seconds"), "") << "it has an end";
  ASSERT_TRUE(freeze_watch_.freeze({.reason = "incident \"4711\""}));
  EXPECT_EQ(metric("writes_frozen{reason=\"incident \\\"4711\\\"\"}"), "1");
  EXPECT_NE(metric("endless_freeze_since_timestamp_seconds"), "");
}

TEST(FreezesSection, RefusesWhatItCannotRead) {
  for (
      const char* const text :
      {"", "[]", "{}", R"({"commanded":[{}],"inForce":[]})",
       R"({"commanded":[{"reason":"r","by":"","exceptEnable":false,"owners":[],"until":"soon"}],"inForce":[]})",
       R"({"commanded":[],"inForce":[{"freeze":"x"}]})"})
    EXPECT_FALSE(parse_freezes_section(text)) << text;
}

}  // namespace
}  // namespace defenderd
