#include "core/brake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/brakes.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

struct LimitCase {
  std::string what;
  std::optional<int> limit;
  unsigned wanted;
  std::size_t held;
};

void PrintTo(const LimitCase& one, std::ostream* out) { *out << one.what; }

class LimitTest : public testing::TestWithParam<LimitCase> {};

TEST_P(LimitTest, HoldsAllOrNothing) {
  const LimitCase& item = GetParam();
  Brake brake = disable_brake(item.limit);
  want_plans(brake, 1, item.wanted);
  EXPECT_EQ(brake.held(), item.held) << item.what;
  for (unsigned n = 1; n <= item.wanted; ++n) {
    EXPECT_EQ(brake.holds(subscription_id(n), kPlan), item.held > 0) << item.what;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, LimitTest,
                         testing::Values(LimitCase{"nothing wanted", 3, 0, 0},
                                         LimitCase{"as many as allowed", 3, 3, 0},
                                         LimitCase{"one too many holds every one", 3, 4, 4},
                                         LimitCase{"a whole fleet", 3, 200, 200},
                                         LimitCase{"zero holds each", 0, 1, 1},
                                         LimitCase{"no limit holds none", {}, 200, 0}));

struct CountCase {
  std::string what;
  BrakeKind kind;
  std::vector<Drift> wanted;
  std::vector<Field> counted;
};

void PrintTo(const CountCase& one, std::ostream* out) { *out << one.what; }

class CountedTest : public testing::TestWithParam<CountCase> {};

TEST_P(CountedTest, CountsWhatGoesItsWay) {
  const CountCase& item = GetParam();
  EXPECT_EQ(counted(item.kind, item.wanted), item.counted) << item.what;
}

INSTANTIATE_TEST_SUITE_P(
    Cases, CountedTest,
    testing::Values(
        CountCase{"the plan goes off", BrakeKind::Disable, {{kPlan, false, "on"}}, {kPlan}},
        CountCase{
            "an extension goes off", BrakeKind::Disable, {{kEvidence, false, "on"}}, {kEvidence}},
        CountCase{"what nobody understands goes off",
                  BrakeKind::Disable,
                  {{kEvidence, false, "Perhaps"}},
                  {kEvidence}},
        CountCase{"what goes on is no disable", BrakeKind::Disable, {{kEvidence, true, "off"}}, {}},
        CountCase{
            "an extension goes on", BrakeKind::Enable, {{kEvidence, true, "off"}}, {kEvidence}},
        CountCase{"a plan goes on with its extensions",
                  BrakeKind::Enable,
                  {{kPlan, true, "off"}, {kEvidence, true, "off"}},
                  {kPlan}},
        CountCase{"what the service switched on with the plan goes off again",
                  BrakeKind::Disable,
                  {{kPlan, true, "off"}, {kEvidence, false, "on"}},
                  {}}));

struct PossibleCase {
  std::string what;
  DesiredSubscription desired;
  std::size_t disables;
  std::size_t enables;
};

void PrintTo(const PossibleCase& one, std::ostream* out) { *out << one.what; }

class PossibleTest : public testing::TestWithParam<PossibleCase> {};

DesiredSubscription with_unnamed_off(DesiredSubscription desired) {
  desired.unnamed_extensions = UnnamedExtensions::Off;
  return desired;
}

TEST_P(PossibleTest, CountsWhatADeclarationMayWantAtMost) {
  const PossibleCase& item = GetParam();
  EXPECT_EQ(possible(BrakeKind::Disable, item.desired), item.disables) << item.what;
  EXPECT_EQ(possible(BrakeKind::Enable, item.desired), item.enables) << item.what;
}

INSTANTIATE_TEST_SUITE_P(
    Cases, PossibleTest,
    testing::Values(
        PossibleCase{"a plan off", declared(1, false), 1, 0},
        PossibleCase{"a plan off whose defaults name extensions",
                     declared(1, false, {evidence(false)}), 1, 0},
        PossibleCase{"a plan on", declared(1, true), 0, 1},
        PossibleCase{"a plan on, an extension off", declared(1, true, {evidence(false)}), 1, 1},
        PossibleCase{"a plan on, two extensions on",
                     declared(1, true, {evidence(true), {"B", true}}), 0, 2},
        PossibleCase{"unnamed extensions off", with_unnamed_off(declared(1, true)), 1, 1}));

TEST(BrakeTest, CountsWhatWasSwitchedUntilItHasLeftTheWindow) {
  Brake brake = disable_brake(3);
  want_plans(brake, 1, 3);
  for (unsigned n = 1; n <= 3; ++n) apply(brake, n, kPlan, kStart + n * 1min);
  EXPECT_FALSE(brake.holds());
  brake.want(subscription_id(4), {kPlan});
  EXPECT_TRUE(brake.holds(subscription_id(4), kPlan)) << "the fourth of one window";
  EXPECT_EQ(brake.held_text(), subscription_id(4).text() + " plan off\n");
  EXPECT_THAT(brake.message("c0de"), HasSubstr("after 3 within the last 1h"));
  brake.pass_time(kStart + 1h + 59s);
  EXPECT_TRUE(brake.holds()) << "the first was written a minute after the start";
  brake.pass_time(kStart + 1h + 1min);
  EXPECT_FALSE(brake.holds());
}

TEST(BrakeTest, WhatWasSwitchedCountsAlsoWhereItIsNoLongerDeclared) {
  Brake brake = disable_brake(3);
  want_plans(brake, 1, 3);
  for (unsigned n = 1; n <= 3; ++n) apply(brake, n, kPlan);
  for (unsigned n = 1; n <= 3; ++n) brake.leave(subscription_id(n));
  brake.want(subscription_id(4), {kPlan});
  EXPECT_TRUE(brake.holds(subscription_id(4), kPlan));
}

TEST(BrakeTest, WhatIsUnderWayCountsWhateverIsDeclaredMeanwhile) {
  Brake brake = disable_brake(2);
  want_plans(brake, 1, 2);
  brake.allow(subscription_id(1), kPlan);
  brake.allow(subscription_id(2), kPlan);
  brake.leave(subscription_id(1));
  brake.want(subscription_id(2), {});
  brake.want(subscription_id(3), {kPlan});
  EXPECT_TRUE(brake.holds(subscription_id(3), kPlan));
  EXPECT_EQ(brake.held(), 1U) << "what is under way cannot be held";
  brake.pass_time(kStart + 24h);
  EXPECT_TRUE(brake.holds()) << "however long the write takes";
  brake.finished(subscription_id(1), {}, {}, kStart + 24h);
  EXPECT_FALSE(brake.holds()) << "it was not written";
  brake.finished(subscription_id(2), {}, {kPlan}, kStart + 24h);
  brake.want(subscription_id(4), {kPlan});
  EXPECT_TRUE(brake.holds()) << "the second may have been";
}

TEST(BrakeTest, ARefusedWriteLeavesAnEarlierOneInTheCount) {
  Brake brake = disable_brake(1);
  apply(brake, 1, kPlan);
  brake.want(subscription_id(1), {kPlan});
  brake.allow(subscription_id(1), kPlan);
  brake.finished(subscription_id(1), {}, {}, kStart + 1min);
  brake.want(subscription_id(1), {});
  brake.want(subscription_id(2), {kPlan});
  EXPECT_TRUE(brake.holds());
  brake.pass_time(kStart + 1h);
  EXPECT_FALSE(brake.holds());
}

TEST(BrakeTest, WhatNobodyKnowsCounts) {
  Brake brake = disable_brake(0);
  brake.set_rule({.limit = 1});
  brake.allow(subscription_id(1), kPlan);
  brake.lost(subscription_id(1), kStart);
  brake.want(subscription_id(2), {kPlan});
  EXPECT_TRUE(brake.holds());
}

TEST(BrakeTest, AFieldCountsOnceHoweverOftenItComesBack) {
  Brake brake = disable_brake(1);
  for (int i = 0; i < 5; ++i) {
    brake.want(subscription_id(1), {kPlan});
    EXPECT_FALSE(brake.holds());
    apply(brake, 1, kPlan, kStart + i * 50min);
    brake.pass_time(kStart + i * 50min);
  }
  brake.want(subscription_id(2), {kPlan});
  brake.pass_time(kStart + 200min + 59min);
  EXPECT_TRUE(brake.holds()) << "it counts from the last time on";
  brake.pass_time(kStart + 200min + 1h);
  EXPECT_FALSE(brake.holds());
}

TEST(BrakeTest, WhatCouldNotBeReadCountsWithAllThatItMayWant) {
  Brake brake = disable_brake(3);
  brake.may_want(subscription_id(1), 2, kStart);
  brake.may_want(subscription_id(2), 1, kStart + 10min);
  EXPECT_FALSE(brake.holds()) << "nothing to hold";
  brake.want(subscription_id(3), {kPlan});
  EXPECT_TRUE(brake.holds(subscription_id(3), kPlan));
  EXPECT_EQ(brake.held(), 1U);
  EXPECT_THAT(brake.message("c"),
              HasSubstr("with up to 3 more in subscriptions that could not be"));
  brake.want(subscription_id(2), {});
  EXPECT_FALSE(brake.holds()) << "the second was observed, and wants nothing";
  brake.want(subscription_id(4), {kPlan});
  EXPECT_TRUE(brake.holds());
  brake.pass_time(kStart + 1h);
  EXPECT_FALSE(brake.holds()) << "a window later the first is nothing that happens at once";
  brake.may_want(subscription_id(5), 3, kStart + 1h);
  EXPECT_TRUE(brake.holds());
  brake.leave(subscription_id(5));
  EXPECT_FALSE(brake.holds());
}

TEST(BrakeTest, WhatIsNoLongerWantedNoLongerCounts) {
  Brake brake = disable_brake(3);
  want_plans(brake, 1, 4);
  brake.want(subscription_id(4), {});
  EXPECT_FALSE(brake.holds());
  brake.want(subscription_id(4), {kPlan});
  EXPECT_TRUE(brake.holds());
  brake.leave(subscription_id(2));
  EXPECT_FALSE(brake.holds());
  brake.leave(subscription_id(77));
  brake.want(subscription_id(2), {kEvidence, kPlan});
  EXPECT_EQ(brake.held(), 5U) << "two of one subscription are two";
}

TEST(BrakeTest, AConfirmationLetsExactlyWhatIsHeldThrough) {
  Brake brake = disable_brake(3);
  want_plans(brake, 1, 10);
  brake.confirm(kCode);
  EXPECT_FALSE(brake.holds());
  for (unsigned n = 1; n <= 5; ++n) {
    apply(brake, n, kPlan);
    EXPECT_FALSE(brake.holds()) << "doing them one by one does not re-arm the brake";
  }
  EXPECT_TRUE(brake.is_confirmed(subscription_id(6), kPlan));
  brake.pass_time(kStart + 24h);
  EXPECT_TRUE(brake.is_confirmed(subscription_id(6), kPlan)) << "a day later, too";
  EXPECT_EQ(brake.confirmed_by(subscription_id(6), kPlan), kCode);
  EXPECT_EQ(brake.confirmed_by(subscription_id(1), kPlan), "") << "it is done";

  for (unsigned n = 11; n <= 13; ++n) brake.want(subscription_id(n), {kPlan});
  EXPECT_FALSE(brake.holds()) << "others are judged without the confirmed ones";
  brake.want(subscription_id(6), {kEvidence, kPlan});
  EXPECT_TRUE(brake.holds(subscription_id(6), kEvidence)) << "another field was not confirmed";
  EXPECT_FALSE(brake.holds(subscription_id(6), kPlan));
  EXPECT_EQ(brake.held(), 4U);
}

TEST(BrakeTest, AConfirmationEndsWhenTheChangeIsNoLongerWanted) {
  Brake brake = disable_brake(0);
  brake.want(subscription_id(1), {kPlan});
  brake.confirm(kCode);
  EXPECT_FALSE(brake.holds());
  brake.want(subscription_id(1), {});
  brake.want(subscription_id(1), {kPlan});
  EXPECT_TRUE(brake.holds(subscription_id(1), kPlan));
  brake.confirm(kCode);
  apply(brake, 1, kPlan);
  brake.want(subscription_id(1), {kPlan});
  EXPECT_TRUE(brake.holds(subscription_id(1), kPlan)) << "it came back after it was done";
}

TEST(BrakeTest, TheHeldSetIsSortedTextHoweverItCameAbout) {
  Brake forth = disable_brake(1);
  forth.want(subscription_id(1), {kPlan});
  forth.want(subscription_id(2), {kPlan, kEvidence});
  Brake back = disable_brake(1);
  back.want(subscription_id(3), {kPlan});
  back.want(subscription_id(2), {kEvidence, kPlan});
  back.want(subscription_id(1), {kPlan});
  back.leave(subscription_id(3));
  EXPECT_EQ(forth.held_text(), subscription_id(1).text() + " plan off\n" +
                                   subscription_id(2).text() + " plan off\n" +
                                   subscription_id(2).text() + " promptEvidence off\n");
  EXPECT_EQ(back.held_text(), forth.held_text());
  Brake enable = brake_of(BrakeKind::Enable, 0);
  enable.want(subscription_id(1), {kPlan});
  EXPECT_EQ(enable.held_text(), subscription_id(1).text() + " plan on\n");
}

TEST(BrakeTest, TheRevisionTellsWhetherTheSetChanged) {
  Brake brake = disable_brake(0);
  brake.want(subscription_id(1), {kPlan});
  const auto revision = brake.revision();
  brake.want(subscription_id(1), {kPlan});
  brake.want(subscription_id(2), {});
  brake.pass_time(kStart + 1h);
  brake.finished(subscription_id(1), {}, {}, kStart + 1h);
  EXPECT_EQ(brake.revision(), revision);
  brake.want(subscription_id(2), {kPlan});
  EXPECT_NE(brake.revision(), revision);
}

TEST(BrakeTest, AConfirmedWriteThatMayHaveFailedStaysConfirmed) {
  Brake brake = disable_brake(0);
  want_plans(brake, 1, 2);
  brake.confirm(kCode);
  brake.allow(subscription_id(1), kPlan);
  brake.finished(subscription_id(1), {}, {kPlan}, kStart);
  brake.want(subscription_id(1), {kPlan});
  EXPECT_TRUE(brake.is_confirmed(subscription_id(1), kPlan));
  apply(brake, 2, kPlan);
  EXPECT_FALSE(brake.is_confirmed(subscription_id(2), kPlan)) << "it was done, and that was all";
}

TEST(BrakeTest, WithoutALimitNothingHasToBeRemembered) {
  Brake brake = disable_brake({});
  brake.want(subscription_id(1), {kPlan});
  EXPECT_FALSE(brake.allow(subscription_id(1), kPlan));
  brake.finished(subscription_id(1), {kPlan}, {}, kStart);
  EXPECT_EQ(brake.memory(kStart, kWall), RememberedBrake{});
}

TEST(BrakeTest, SaysWhatToDo) {
  Brake brake = disable_brake(3);
  want_plans(brake, 1, 200);
  EXPECT_EQ(brake.message("1a2b3c4d"),
            "held: 200 plans or extensions would be switched off at once, more than the 3 that "
            "safety.maxDisablesPerSweep allows within 1h. If this is intended, add `confirm: "
            "1a2b3c4d` under `safety:` in the settings to confirm exactly these 200. If not, "
            "correct the desired state; nothing is switched off until then");
  Brake enable = brake_of(BrakeKind::Enable, 0);
  enable.want(subscription_id(1), {kPlan});
  EXPECT_THAT(enable.message("x"), HasSubstr("1 plan or extension would be switched on"));
  EXPECT_THAT(enable.message("x"), HasSubstr("safety.maxEnablesPerSweep"));
  EXPECT_THAT(enable.message("x"), Not(HasSubstr("off")));
  EXPECT_EQ(brake.lasting_message(),
            "held: more plans or extensions would be switched off than the 3 that "
            "safety.maxDisablesPerSweep allows within 1h. If this is intended, confirm them with "
            "the code that the status page, the log (event `brake`) and `defenderd diff` show. If "
            "not, correct the desired state; nothing is switched off until then");
  EXPECT_THAT(enable.lasting_message(), HasSubstr("`pace`"));
}

}  // namespace
}  // namespace defenderd
