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
using std::chrono::seconds;
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
    now_ += seconds(1);
    return rollout_.evaluate({.now = now_, .confirm = confirm}, spent_);
  }
  // Two members have a turn; the first one fails, which stops the roll-out.
  void stop() {
    rollout_.set_rule({.subscriptions = 2, .stop_after_failures = 1});
    for (unsigned n = 1; n <= 3; ++n) declare(in_wave(n, 0));
    EXPECT_EQ(rollout_.judge(subscription_id(1), kNow), std::nullopt);
    rollout_.record(failed(in_wave(1, 0)), kWall);
  }

  SteadyTime now_ = kNow;
  SpentCodes spent_;
  FleetRollout rollout_{hash};
};

TEST_F(FleetRolloutTest, APlanSaysNothingAboutAFailure) {
  stop();
  EXPECT_TRUE(rollout_.is_stopped());
  Outcome shown = reached(in_wave(1, 0));
  shown.result = ReconcileResult::Withheld;
  shown.drift_left = {{Field::plan(kDeclaredPlan), true, "off"}};
  shown.changes = {{shown.drift_left.front()}};
  rollout_.record(shown, kWall);
  EXPECT_TRUE(rollout_.is_stopped()) << "nothing was written";
}

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

TEST_F(FleetRolloutTest, AMessageNamesWhatAWaveWaitsFor) {
  declare(in_wave(1, 0));
  DesiredSubscription unnamed = in_wave(2, 0);
  unnamed.name.clear();
  declare(unnamed);
  declare(in_wave(3, 1));
  const auto why = rollout_.judge(subscription_id(3), kNow);
  ASSERT_TRUE(why);
  EXPECT_THAT(why->message, HasSubstr("yet: sub-1 (" + subscription_id(1).text() + "), " +
                                      subscription_id(2).text()));
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
  EXPECT_TRUE(evaluate().notices.empty()) << "more may fail at once";
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
  EXPECT_TRUE(memory.failing.empty()) << "its failure was confirmed";
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
  EXPECT_TRUE(next.evaluate({.now = kNow}, spent_).notices.empty())
      << "its failure stays confirmed";
  EXPECT_EQ(next.judge(subscription_id(1), kNow), std::nullopt) << "it has its turn";
  const auto paced = next.judge(subscription_id(2), kNow);
  ASSERT_TRUE(paced);
  EXPECT_EQ(paced->reason, Reason::Paced);
  EXPECT_EQ(next.judge(subscription_id(2), kNow + minutes(5)), std::nullopt);
}

// The member that fails is the last one to be read again.
TEST_F(FleetRolloutTest, ARestartOfAStoppedOneWritesNothing) {
  stop();
  evaluate();
  RememberedRollout memory = rollout_.memory(true, kMoment);
  EXPECT_EQ(memory.failing, memory.started);
  for (const bool crashed : {false, true}) {
    if (crashed) memory.failing.clear();  // it was not saved yet
    FleetRollout next{hash};
    next.set_rule({.subscriptions = 2, .stop_after_failures = 1});
    next.recall(memory, kMoment);
    for (unsigned n = 1; n <= 3; ++n) {
      next.declare(in_wave(n, 0), fingerprint(in_wave(n, 0)), kWall);
      next.note_difference(in_wave(n, 0), true, kWall);
    }
    static_cast<void>(next.evaluate({.now = kNow}, spent_));
    EXPECT_EQ(next.status().stopped.empty(), crashed);
    const auto waits = next.judge(subscription_id(2), kNow);
    ASSERT_TRUE(waits);
    EXPECT_EQ(waits->reason, Reason::FleetNotObserved);
    next.record(failed(in_wave(1, 0)), kWall);
    EXPECT_THAT(next.evaluate({.now = kNow}, spent_).due, ElementsAre(subscription_id(2)));
    const auto stopped = next.judge(subscription_id(2), kNow);
    ASSERT_TRUE(stopped);
    EXPECT_EQ(stopped->reason, Reason::RolloutStopped);
  }
}

TEST_F(FleetRolloutTest, AMarkOfAnEarlierRunIsUsedOnce) {
  const DesiredSubscription before = in_wave(1, 0);
  declare(before);
  rollout_.record(reached(before), kWall);
  const RememberedRollout memory = rollout_.memory(true, kMoment);
  DesiredSubscription after = before;
  after.plan = false;
  const auto declare_in = [](FleetRollout& rollout, const DesiredSubscription& desired) {
    rollout.declare(desired, fingerprint(desired), kWall);
    return rollout.has_reached(subscription_id(1));
  };
  FleetRollout next{hash};
  next.recall(memory, kMoment);
  EXPECT_TRUE(declare_in(next, before));
  EXPECT_FALSE(declare_in(next, after));
  EXPECT_FALSE(declare_in(next, before)) << "an edit that comes back is a roll-out, too";

  FleetRollout late{hash};
  late.recall(memory, kMoment);
  late.forget_reached();
  EXPECT_FALSE(declare_in(late, before)) << "it was not declared at the start";
}

TEST_F(FleetRolloutTest, LaterWavesWaitForTheScopes) {
  declare(in_wave(1, 0));
  declare(in_wave(2, 7));
  rollout_.record(reached(in_wave(1, 0)), kWall);
  static_cast<void>(rollout_.evaluate({.now = kNow, .awaits_scopes = true}, spent_));
  const auto waits = rollout_.judge(subscription_id(2), kNow);
  ASSERT_TRUE(waits);
  EXPECT_EQ(waits->reason, Reason::WaitsForEarlierWave);
  EXPECT_THAT(waits->message, HasSubstr("until the scopes are resolved"));
  EXPECT_THAT(evaluate().due, ElementsAre(subscription_id(2)));
  EXPECT_EQ(rollout_.judge(subscription_id(2), kNow), std::nullopt);
}

// A freeze, or a brake, says nothing about whether it would fail again.
TEST_F(FleetRolloutTest, AFailureThatIsWithheldStaysOne) {
  stop();
  Outcome frozen = failed(in_wave(1, 0));
  frozen.result = ReconcileResult::Withheld;
  frozen.failure.reset();
  frozen.observed = free_plan();
  frozen.drift_left = {{Field::plan(kDeclaredPlan), true, "off"}};
  frozen.changes = {{frozen.drift_left[0], ChangeResult::Withheld, Reason::Frozen}};
  rollout_.record(frozen, kWall);
  evaluate();
  EXPECT_NE(rollout_.status().stopped, "");
  rollout_.record(reached(in_wave(1, 0)), kWall);
  evaluate();
  EXPECT_EQ(rollout_.status().stopped, "");
}

}  // namespace
}  // namespace defenderd
