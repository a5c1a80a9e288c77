// A roll-out's members, code and memory, without a reconcile. Whole fleets are in
// rollout_fleet_test.cc and rollout_model_test.cc.

#include "reconcile/fleet_rollout.h"

#include <gmock/gmock.h>

#include <string>

#include "reconcile/fingerprint.h"
#include "support/builders.h"

namespace defenderd {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr SteadyTime kNow = SteadyTime(hours(1));
constexpr WallTime kWall = WallTime(hours(1));
constexpr Moment kMoment{kNow, kWall};

// Not a good hash, but of eight digits.
std::string hash(std::string_view text) {
  std::string digits = std::to_string(std::hash<std::string_view>()(text));
  digits.resize(16, '0');
  return digits;
}

DesiredSubscription in_wave(unsigned n, std::uint8_t wave) {
  DesiredSubscription desired = declared(n, true);
  desired.wave = wave;
  return desired;
}

Outcome reached(const DesiredSubscription& desired) {
  Outcome outcome;
  outcome.desired = desired;
  outcome.result = ReconcileResult::Corrected;
  outcome.observed = standard_plan();
  return outcome;
}

Outcome failed(const DesiredSubscription& desired) {
  Outcome outcome;
  outcome.desired = desired;
  outcome.failure = failure(Reason::ServerError, NextTry::Soon);
  return outcome;
}

class FleetRolloutTest : public testing::Test {
 protected:
  void declare(const DesiredSubscription& desired) {
    rollout_.declare(desired, fingerprint(desired), kWall);
    rollout_.note_difference(desired, true, kWall);
  }
  FleetRollout::Step evaluate(const std::string& confirm = "") {
    return rollout_.evaluate(true, confirm, spent_);
  }
  // Two members have a turn; the first one fails, which stops the roll-out.
  void stop() {
    rollout_.set_rule({.subscriptions = 2, .stop_after_failures = 1});
    for (unsigned n = 1; n <= 3; ++n) declare(in_wave(n, 0));
    EXPECT_EQ(rollout_.judge(subscription_id(1), kNow), std::nullopt);
    rollout_.record(failed(in_wave(1, 0)), kWall);
  }

  SpentCodes spent_;
  FleetRollout rollout_{hash};
};

TEST_F(FleetRolloutTest, ALaterWaveIsDueWhenTheEarlierOneIsComplete) {
  declare(in_wave(1, 0));
  declare(in_wave(2, 1));
  EXPECT_TRUE(evaluate().due.empty());
  EXPECT_EQ(rollout_.judge(subscription_id(1), kNow), std::nullopt);
  const auto waits = rollout_.judge(subscription_id(2), kNow);
  ASSERT_TRUE(waits);
  EXPECT_EQ(waits->reason, Reason::WaitsForEarlierWave);
  rollout_.record(reached(in_wave(1, 0)), kWall);
  EXPECT_TRUE(rollout_.has_reached(subscription_id(1)));
  EXPECT_THAT(evaluate().due, ElementsAre(subscription_id(2)));
  EXPECT_EQ(rollout_.judge(subscription_id(2), kNow), std::nullopt);
  ASSERT_EQ(rollout_.status().waves.size(), 2U);
  EXPECT_EQ(rollout_.status().waves[0].pending, 0U);
  EXPECT_EQ(rollout_.status().waves[1].pending, 1U);
}

TEST_F(FleetRolloutTest, AnotherDeclarationIsReachedAnew) {
  const DesiredSubscription before = in_wave(1, 0);
  declare(before);
  rollout_.record(reached(before), kWall);
  declare(before);
  EXPECT_TRUE(rollout_.has_reached(subscription_id(1))) << "the same declaration";
  DesiredSubscription after = before;
  after.plan = false;
  declare(after);
  EXPECT_FALSE(rollout_.has_reached(subscription_id(1)));
  rollout_.leave(subscription_id(1));
  EXPECT_FALSE(rollout_.has_reached(subscription_id(1)));
  EXPECT_TRUE(rollout_.status().waves.empty());
}

TEST_F(FleetRolloutTest, AStopIsReportedOnceAndEndsByItsCode) {
  stop();
  auto step = evaluate();
  ASSERT_EQ(step.notices.size(), 1U);
  EXPECT_EQ(step.notices[0].kind, BrakeNotice::Kind::Holding);
  const std::string code = rollout_.code();
  EXPECT_EQ(code.size(), 8U);
  EXPECT_THAT(rollout_.status().stopped, HasSubstr("`confirm: " + code + "`"));
  EXPECT_TRUE(evaluate().notices.empty());
  ASSERT_TRUE(rollout_.judge(subscription_id(2), kNow));

  step = evaluate("00000000");
  ASSERT_EQ(step.notices.size(), 1U) << "a code that confirms nothing";
  EXPECT_THAT(step.notices[0].message, HasSubstr("which is for other changes"));

  const std::uint64_t saved = rollout_.before_write();
  step = evaluate(code);
  ASSERT_EQ(step.notices.size(), 2U);
  EXPECT_EQ(step.notices[0].kind, BrakeNotice::Kind::Confirmed);
  EXPECT_EQ(step.notices[0].code, code);
  EXPECT_EQ(step.notices[1].kind, BrakeNotice::Kind::Released);
  EXPECT_THAT(step.due, ElementsAre(subscription_id(2)));
  EXPECT_TRUE(spent_.contains(code));
  EXPECT_GT(rollout_.before_write(), saved);
  EXPECT_EQ(rollout_.code(), "");
}

TEST_F(FleetRolloutTest, AnotherFailureGetsAnotherCode) {
  stop();
  evaluate();
  const std::string code = rollout_.code();
  evaluate(code);
  EXPECT_EQ(rollout_.judge(subscription_id(2), kNow), std::nullopt);
  rollout_.record(failed(in_wave(2, 0)), kWall);
  evaluate(code);
  EXPECT_EQ(rollout_.code().size(), 8U);
  EXPECT_NE(rollout_.code(), code);
}

TEST_F(FleetRolloutTest, ARestartForgetsNoTurnAndNoConfirmation) {
  stop();
  evaluate();
  evaluate(rollout_.code());
  rollout_.record(reached(in_wave(3, 0)), kWall);
  const RememberedRollout memory = rollout_.memory(true, kMoment);
  EXPECT_EQ(memory.reached.size(), 1U);
  EXPECT_EQ(memory.started.size(), 1U);
  EXPECT_EQ(memory.excused, memory.started);
  EXPECT_THAT(memory.starts, ElementsAre(kWall));

  FleetRollout next{hash};
  next.set_rule({.subscriptions = 1, .stop_after_failures = 1});
  next.recall(memory, kMoment);
  EXPECT_EQ(next.memory(false, kMoment), memory) << "before anything is declared";
  for (unsigned n = 1; n <= 3; ++n) {
    next.declare(in_wave(n, 0), fingerprint(in_wave(n, 0)), kWall);
    next.note_difference(in_wave(n, 0), n != 3, kWall);
  }
  EXPECT_TRUE(next.has_reached(subscription_id(3)));
  next.record(failed(in_wave(1, 0)), kWall);
  EXPECT_TRUE(next.evaluate(true, "", spent_).notices.empty()) << "its failure stays confirmed";
  EXPECT_EQ(next.judge(subscription_id(1), kNow), std::nullopt) << "it has its turn";
  const auto paced = next.judge(subscription_id(2), kNow);
  ASSERT_TRUE(paced);
  EXPECT_EQ(paced->reason, Reason::Paced);
  EXPECT_EQ(next.judge(subscription_id(2), kNow + minutes(5)), std::nullopt);
}

}  // namespace
}  // namespace defenderd
