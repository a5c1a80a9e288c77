#include "core/brake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/builders.h"

namespace defenderd {
namespace {

using testing::HasSubstr;
using testing::Not;

const Field kPlan = Field::plan();
const Field kEvidence = Field::extension(std::string(kPromptEvidence));

SubscriptionId id(unsigned n) { return subscription_id(n); }

Brake disable_brake(std::optional<int> limit) {
  Brake brake(BrakeKind::Disable);
  brake.set_limit(limit);
  return brake;
}

void want_plans(Brake& brake, unsigned first, unsigned last) {
  for (unsigned n = first; n <= last; ++n) brake.want(id(n), {kPlan});
}

struct LimitCase {
  std::string what;
  std::optional<int> limit;
  unsigned wanted;
  std::size_t held;
};

class LimitTest : public testing::TestWithParam<LimitCase> {};

TEST_P(LimitTest, HoldsAllOrNothing) {
  const LimitCase& item = GetParam();
  Brake brake = disable_brake(item.limit);
  want_plans(brake, 1, item.wanted);
  EXPECT_EQ(brake.held(), item.held) << item.what;
  for (unsigned n = 1; n <= item.wanted; ++n) {
    EXPECT_EQ(brake.holds(id(n), kPlan), item.held > 0) << item.what;
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

TEST(BrakeTest, CountsWhatWasAppliedUntilAWholeSweepHasPassed) {
  Brake brake = disable_brake(3);
  want_plans(brake, 1, 3);
  for (unsigned n = 1; n <= 3; ++n) brake.applied(id(n), kPlan);
  EXPECT_FALSE(brake.holds());
  brake.want(id(4), {kPlan});
  EXPECT_TRUE(brake.holds(id(4), kPlan)) << "the fourth of one sweep";
  EXPECT_EQ(brake.held_text(), id(4).text() + " plan off\n");
  EXPECT_THAT(brake.message("c0de"), HasSubstr("after 3 lately"));
  brake.end_sweep();
  EXPECT_TRUE(brake.holds()) << "that sweep may have ended a moment after";
  brake.end_sweep();
  EXPECT_FALSE(brake.holds()) << "a whole sweep later";
}

TEST(BrakeTest, AFieldCountsOnceHoweverOftenItComesBack) {
  Brake brake = disable_brake(1);
  for (int i = 0; i < 5; ++i) {
    brake.want(id(1), {kPlan});
    EXPECT_FALSE(brake.holds());
    brake.applied(id(1), kPlan);
  }
}

TEST(BrakeTest, WhatIsNoLongerWantedNoLongerCounts) {
  Brake brake = disable_brake(3);
  want_plans(brake, 1, 4);
  brake.want(id(4), {});
  EXPECT_FALSE(brake.holds());
  brake.want(id(4), {kPlan});
  EXPECT_TRUE(brake.holds());
  brake.forget(id(2));
  EXPECT_FALSE(brake.holds());
  brake.forget(id(77));
  brake.want(id(2), {kEvidence, kPlan});
  EXPECT_EQ(brake.held(), 5U) << "two of one subscription are two";
}

TEST(BrakeTest, AConfirmationLetsExactlyWhatIsHeldThrough) {
  Brake brake = disable_brake(3);
  want_plans(brake, 1, 10);
  brake.confirm();
  EXPECT_FALSE(brake.holds());
  for (unsigned n = 1; n <= 5; ++n) {
    brake.applied(id(n), kPlan);
    EXPECT_FALSE(brake.holds()) << "doing them one by one does not re-arm the brake";
  }
  EXPECT_TRUE(brake.is_confirmed(id(6), kPlan));
  brake.end_sweep();
  EXPECT_TRUE(brake.is_confirmed(id(6), kPlan)) << "a sweep later, too";

  for (unsigned n = 11; n <= 13; ++n) brake.want(id(n), {kPlan});
  EXPECT_FALSE(brake.holds()) << "others are judged without the confirmed ones";
  brake.want(id(6), {kEvidence, kPlan});
  EXPECT_TRUE(brake.holds(id(6), kEvidence)) << "another field was not confirmed";
  EXPECT_FALSE(brake.holds(id(6), kPlan));
  EXPECT_EQ(brake.held(), 4U);
}

TEST(BrakeTest, AConfirmationEndsWhenTheChangeIsNoLongerWanted) {
  Brake brake = disable_brake(0);
  brake.want(id(1), {kPlan});
  brake.confirm();
  EXPECT_FALSE(brake.holds());
  brake.want(id(1), {});
  brake.want(id(1), {kPlan});
  EXPECT_TRUE(brake.holds(id(1), kPlan));
  brake.confirm();
  brake.applied(id(1), kPlan);
  brake.want(id(1), {kPlan});
  EXPECT_TRUE(brake.holds(id(1), kPlan)) << "it came back after it was done";
}

TEST(BrakeTest, TheHeldSetIsSortedTextHoweverItCameAbout) {
  Brake forth = disable_brake(1);
  forth.want(id(1), {kPlan});
  forth.want(id(2), {kPlan, kEvidence});
  Brake back = disable_brake(1);
  back.want(id(3), {kPlan});
  back.want(id(2), {kEvidence, kPlan});
  back.want(id(1), {kPlan});
  back.forget(id(3));
  EXPECT_EQ(forth.held_text(), id(1).text() + " plan off\n" + id(2).text() + " plan off\n" +
                                   id(2).text() + " promptEvidence off\n");
  EXPECT_EQ(back.held_text(), forth.held_text());
  Brake enable(BrakeKind::Enable);
  enable.set_limit(0);
  enable.want(id(1), {kPlan});
  EXPECT_EQ(enable.held_text(), id(1).text() + " plan on\n");
}

TEST(BrakeTest, TheRevisionTellsWhetherTheSetChanged) {
  Brake brake = disable_brake(0);
  brake.want(id(1), {kPlan});
  const auto revision = brake.revision();
  brake.want(id(1), {kPlan});
  brake.want(id(2), {});
  brake.end_sweep();
  EXPECT_EQ(brake.revision(), revision);
  brake.want(id(2), {kPlan});
  EXPECT_NE(brake.revision(), revision);
}

TEST(BrakeTest, SaysWhatToDo) {
  Brake brake = disable_brake(3);
  want_plans(brake, 1, 200);
  EXPECT_EQ(brake.message("1a2b3c4d"),
            "held: 200 plans or extensions would be switched off at once, more than the 3 that "
            "safety.maxDisablesPerSweep allows. If that is meant, write `confirm: 1a2b3c4d` under "
            "`safety:` in the settings: it lets exactly these 200 through. If not, correct the "
            "desired state; none is switched off meanwhile");
  Brake enable(BrakeKind::Enable);
  enable.set_limit(0);
  enable.want(id(1), {kPlan});
  EXPECT_THAT(enable.message("x"), HasSubstr("1 plan or extension would be switched on"));
  EXPECT_THAT(enable.message("x"), HasSubstr("safety.maxEnablesPerSweep"));
  EXPECT_THAT(enable.message("x"), Not(HasSubstr("off")));
}

}  // namespace
}  // namespace defenderd
