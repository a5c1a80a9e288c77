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
  const auto thawed = freeze_watch_.thaw({.reason = "all clear", .by = "bob"});
  ASSERT_TRUE(thawed);
  EXPECT_THAT(thawed->ended, testing::ElementsAre("stop (bob)"));
  EXPECT_THAT(freeze_watch_.thaw({.reason = "all clear", .by = "bob"})->ended, testing::IsEmpty());
  EXPECT_THAT(journaled("thaw"), testing::ElementsAre(testing::StartsWith("bob|")));
  EXPECT_THAT(logged("thaw").front(), HasSubstr("ended through the API: all clear (bob)"));
  work();
  EXPECT_EQ(store_.writes(), 2);
  EXPECT_THAT(freeze_watch_.status(), testing::IsEmpty());
}

TEST_F(FreezeWatchTest, AnOrderThatIsRepeatedIsOneFreeze) {
  const auto order = [&](const std::string& by) {
    return static_cast<bool>(freeze_watch_.freeze({.reason = "incident 4711", .by = by}));
  };
  for (unsigned n = 0; n < 2 * Freezes::kMaxCommanded; ++n) EXPECT_TRUE(order("alice"));
  EXPECT_THAT(freeze_watch_.status(), SizeIs(1));
  FreezeMemory twice = freeze_watch_.memory();
  twice.commanded.push_back(twice.commanded.front());  // as an earlier version has saved it
  freeze_watch_.recall(twice);
  EXPECT_THAT(freeze_watch_.status(), SizeIs(1));
  EXPECT_TRUE(order("bob"));
  EXPECT_THAT(freeze_watch_.status(), SizeIs(2)) << "two people may have frozen";
  const auto thawed = freeze_watch_.thaw({.reason = "all clear", .all = true});
  ASSERT_TRUE(thawed);
  EXPECT_THAT(thawed->ended, SizeIs(2));
  EXPECT_TRUE(order("alice"));
  EXPECT_THAT(freeze_watch_.status(), SizeIs(1)) << "what is over is ordered anew";
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
  Freezes freezes(clock_);
  FreezeWatch second({freezes, board_, *journal_, log_, clock_, [](SubscriptionId) {},
                      [] { return Result<Done>(Done{}); }});
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
  Freezes freezes(clock_);
  FreezeWatch second({freezes, board_, *journal_, log_, clock_, [](SubscriptionId) {},
                      [] { return Result<Done>(Done{}); }});
  second.recall(memory);
  second.set_declared({});
  EXPECT_THAT(logged("thaw"), SizeIs(1));
  EXPECT_THAT(second.status(), SizeIs(0));
}

TEST_F(FreezeWatchTest, AClockThatIsSetEndsNoOrder) {
  ASSERT_TRUE(freeze_watch_.freeze(
      {.reason = "stop", .until = clock_.wall_now() + 4h, .length = std::chrono::hours(4)}));
  declare_two();
  const auto check = [this] {
    freeze_watch_.check();
    work();
    return store_.writes();
  };
  clock_.advance(10s);
  clock_.set_wall_clock(-30s);
  EXPECT_EQ(check(), 0) << "back by 30 s";
  clock_.set_wall_clock(5h);
  EXPECT_EQ(check(), 0) << "ahead by 5 h";
  EXPECT_NE(freezes_.at(clock_.wall_now()), nullptr);
  clock_.advance(7s);
  clock_.set_wall_clock(-5h);
  EXPECT_EQ(check(), 0) << "right again";
  EXPECT_THAT(freeze_watch_.status(), SizeIs(1));
  EXPECT_THAT(logged("thaw"), SizeIs(0));
  clock_.advance(4h);
  EXPECT_EQ(check(), 2) << "4 h by the steady clock";
  EXPECT_THAT(freeze_watch_.status(), SizeIs(0));
}

TEST_F(FreezeWatchTest, ARestartWithAClockThatIsWrongEndsNoOrder) {
  for (const Duration ahead : {Duration(-2min), Duration(5h)}) {
    FreezeMemory memory{{{.reason = "endless", .from = clock_.wall_now()},
                         {.reason = "four hours", .until = clock_.wall_now() + 4h}},
                        {}};
    clock_.set_wall_clock(ahead);
    Freezes freezes(clock_);
    FreezeWatch second({freezes, board_, *journal_, log_, clock_, [](SubscriptionId) {},
                        [] { return Result<Done>(Done{}); }});
    second.recall(memory);
    second.set_declared({});
    if (ahead < Duration::zero()) {
      EXPECT_THAT(second.status(), SizeIs(2));
    }
    clock_.advance(7s);
    second.check();
    clock_.set_wall_clock(-ahead);
    second.check();
    EXPECT_THAT(second.status(), SizeIs(2)) << "the clock is right again";
  }
}

TEST_F(FreezeWatchTest, WhatCannotBeSavedIsSaid) {
  save_ = Unexpected(Error{"the disk is full"});
  const auto answer = freeze_watch_.freeze({.reason = "stop"});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->not_saved, "the disk is full");
  declare_two();
  EXPECT_EQ(store_.writes(), 0) << "it is in force here";
  EXPECT_EQ(freeze_watch_.thaw({.reason = "go"})->not_saved, "the disk is full");
}

TEST_F(FreezeWatchTest, AThawEndsNobodyElsesFreeze) {
  ASSERT_TRUE(freeze_watch_.freeze({.reason = "incident 4711", .by = "alice"}));
  ASSERT_TRUE(freeze_watch_.freeze({.reason = "year-end", .by = "bob"}));
  const auto refused = freeze_watch_.thaw({.reason = "all clear", .by = "carol"});
  ASSERT_FALSE(refused);
  const std::string id = freeze_watch_.status().at(1).id;
  EXPECT_THAT(refused.error().message,
              AllOf(HasSubstr("2 freezes by the API are in force"),
                    HasSubstr("incident 4711 (alice)"), HasSubstr(id + "  year-end (bob)")));
  EXPECT_THAT(freeze_watch_.status(), SizeIs(2));
  const auto unknown = freeze_watch_.thaw({.reason = "r", .freezes = {"incident 4712"}});
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, HasSubstr("no freeze by the API has the id or the reason"));
  EXPECT_THAT(
      freeze_watch_.thaw({.reason = "r", .by = "carol", .freezes = {"incident 4711"}})->ended,
      testing::ElementsAre("incident 4711 (alice)"));
  EXPECT_THAT(journaled("thaw"), testing::ElementsAre(testing::StartsWith("carol|")));
  ASSERT_TRUE(freeze_watch_.freeze({.reason = "third"}));
  EXPECT_THAT(freeze_watch_.thaw({.reason = "r", .freezes = {id}})->ended,
              testing::ElementsAre("year-end (bob)"));
  ASSERT_TRUE(freeze_watch_.freeze({.reason = "fourth"}));
  EXPECT_THAT(freeze_watch_.thaw({.reason = "r", .all = true})->ended, SizeIs(2));
  EXPECT_THAT(freeze_watch_.status(), SizeIs(0));
}

TEST_F(FreezeWatchTest, OneThatConcernsNobodyIsSaid) {
  freeze_watch_.set_declared({{.reason = "year-end", .owners = {"paymets"}, .source = "s.yaml:4"},
                              {.reason = "audit", .owners = {"ÄRZTE", "search"}}});
  EXPECT_THAT(logged("freeze"), SizeIs(2)) << "nothing is known of the fleet";
  DesiredSubscription doctors = declared(1, true);
  doctors.owner = "ärzte";
  DesiredSubscription both = declared(2, true);
  both.owner = "platform";
  both.other_owners = std::vector<std::string>{"Search"};
  for (unsigned n = 1; n <= 3; ++n) store_.put(subscription_id(n), free_plan());
  declare({doctors, both, declared(3, true)});
  ASSERT_THAT(logged("freeze"), SizeIs(3));
  EXPECT_THAT(logged("freeze").back(),
              AllOf(HasSubstr("concerns no subscription: none has the owner"), HasSubstr("paymets"),
                    HasSubstr("s.yaml:4")));
  EXPECT_EQ(freeze_watch_.status().at(0).subscriptions, 0U);
  EXPECT_EQ(freeze_watch_.status().at(1).subscriptions, 2U);
  EXPECT_EQ(row(1)->reason, Reason::Frozen);
  EXPECT_EQ(row(2)->reason, Reason::Frozen) << "another scope has that owner";
  metrics_.watch_freezes([this] { return freeze_watch_.status(); });
  EXPECT_EQ(metric("freeze_subscriptions{reason=\"audit\"}"), "2");
  doctors.owner = "medicine";
  both.other_owners.reset();
  declare({doctors, both, declared(3, true)}, "2222");
  EXPECT_THAT(logged("freeze"), SizeIs(4)) << "an edit has renamed the owners";
  declare({doctors, both, declared(3, true)}, "3333");
  EXPECT_THAT(logged("freeze"), SizeIs(4));
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
