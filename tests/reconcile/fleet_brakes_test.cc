// What the two brakes of a fleet hold, let through and remember, without a reconcile.

#include "reconcile/fleet_brakes.h"

#include <gmock/gmock.h>

#include <string>

#include "support/builders.h"

namespace defenderd {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;

const Field kPlan = Field::plan(kDeclaredPlan);
constexpr SteadyTime kNow = SteadyTime(hours(1));

// Not a good hash, but of eight digits.
std::string hash(std::string_view text) {
  std::string digits = std::to_string(std::hash<std::string_view>()(text));
  digits.resize(16, '0');
  return digits;
}

FleetBrakes::Charges off(bool wanted) {
  FleetBrakes::Charges charges;
  if (wanted) charges[0] = {kPlan};
  return charges;
}

class FleetBrakesTest : public testing::Test {
 protected:
  FleetBrakesTest() { brakes_.set_rules({.max_disables = 1, .max_enables = {}}); }
  void want_off(unsigned count) {
    for (unsigned n = 1; n <= count; ++n) brakes_.want(subscription_id(n), off(true));
  }
  SafetyVerdict verdict(unsigned n) {
    SafetyVerdict verdict;
    brakes_.withhold(subscription_id(n), off(true), "the fleet is not known", verdict);
    brakes_.allow(subscription_id(n), off(true), verdict);
    return verdict;
  }

  SpentCodes spent_;
  FleetBrakes brakes_{hash};
};

TEST_F(FleetBrakesTest, WithinTheLimitNothingWaits) {
  want_off(1);
  EXPECT_FALSE(brakes_.evaluate(true, kNow, spent_).moved);
  EXPECT_EQ(verdict(1).on(kPlan), nullptr);
  EXPECT_EQ(brakes_.before_write(), 1U) << "it is on disk before it is written";
  EXPECT_EQ(brakes_.code(), "");
}

TEST_F(FleetBrakesTest, NothingIsSwitchedOffWhileTheFleetIsNotKnown) {
  want_off(1);
  EXPECT_TRUE(brakes_.evaluate(false, kNow, spent_).notices.empty());
  const SafetyVerdict waits = verdict(1);
  ASSERT_NE(waits.on(kPlan), nullptr);
  EXPECT_EQ(waits.on(kPlan)->reason, Reason::FleetNotObserved);
  EXPECT_EQ(waits.on(kPlan)->message, "the fleet is not known");
  EXPECT_TRUE(brakes_.evaluate(true, kNow, spent_).moved) << "who waits is judged again";
  EXPECT_EQ(verdict(1).on(kPlan), nullptr);
}

TEST_F(FleetBrakesTest, ACodeLetsExactlyTheHeldChangesThroughOnce) {
  want_off(2);
  auto step = brakes_.evaluate(true, kNow, spent_);
  ASSERT_EQ(step.notices.size(), 1U);
  EXPECT_EQ(step.notices[0].kind, BrakeNotice::Kind::Holding);
  EXPECT_EQ(brakes_.held(BrakeKind::Disable), 2U);
  EXPECT_EQ(brakes_.held(BrakeKind::Enable), 0U);
  const std::string code = brakes_.code();
  const SafetyVerdict held = verdict(1);
  ASSERT_NE(held.on(kPlan), nullptr);
  EXPECT_EQ(held.on(kPlan)->reason, Reason::DisableBrake);
  EXPECT_THAT(held.on(kPlan)->message, HasSubstr("`confirm: " + code + "`"));

  brakes_.set_rules({.max_disables = 1, .max_enables = {}, .confirm = code});
  step = brakes_.evaluate(true, kNow, spent_);
  ASSERT_EQ(step.notices.size(), 1U);
  EXPECT_EQ(step.notices[0].kind, BrakeNotice::Kind::Confirmed);
  EXPECT_TRUE(step.moved);
  EXPECT_TRUE(spent_.contains(code));
  EXPECT_EQ(brakes_.before_write(), 1U) << "the used code is on disk before the next write";
  const SafetyVerdict confirmed = verdict(1);
  EXPECT_EQ(confirmed.on(kPlan), nullptr);
  EXPECT_EQ(confirmed.confirmed(kPlan), code);

  want_off(4);
  EXPECT_EQ(brakes_.evaluate(true, kNow, spent_).notices.size(), 1U);
  EXPECT_EQ(brakes_.held(BrakeKind::Disable), 2U) << "those that it has not confirmed";
  EXPECT_NE(brakes_.code(), code);
}

TEST_F(FleetBrakesTest, WhatWasSwitchedCountsForAWindowAndAcrossARestart) {
  want_off(1);
  EXPECT_FALSE(brakes_.evaluate(true, kNow, spent_).moved);
  EXPECT_EQ(verdict(1).on(kPlan), nullptr);
  brakes_.finished(subscription_id(1), off(true), off(false), kNow);
  const Moment saved{kNow, WallTime(hours(1))};

  FleetBrakes next{hash};
  next.set_rules({.max_disables = 1, .max_enables = {}});
  next.recall(brakes_.memory(saved), saved.wall, saved);
  next.want(subscription_id(2), off(true));
  EXPECT_EQ(next.evaluate(true, kNow, spent_).notices.size(), 1U);
  EXPECT_EQ(next.held(BrakeKind::Disable), 1U);
  const auto later = next.evaluate(true, kNow + minutes(61), spent_);
  ASSERT_EQ(later.notices.size(), 1U);
  EXPECT_EQ(later.notices[0].kind, BrakeNotice::Kind::Released);
}

TEST_F(FleetBrakesTest, WhatCannotBeReadCountsWithAllThatItMayNeed) {
  brakes_.may_want(declared(1, false), kNow);
  brakes_.want(subscription_id(2), off(true));
  EXPECT_EQ(brakes_.evaluate(true, kNow, spent_).notices.size(), 1U);
  EXPECT_EQ(brakes_.held(BrakeKind::Disable), 1U) << "the one that was seen";
  brakes_.leave(subscription_id(1));
  EXPECT_TRUE(brakes_.evaluate(true, kNow, spent_).moved);
  EXPECT_EQ(brakes_.held(BrakeKind::Disable), 0U);
}

}  // namespace
}  // namespace defenderd
