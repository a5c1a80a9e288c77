// Roll-outs over a simulated fleet: waves, pace, the stop, restarts, and drift beside them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

#include "reconcile/fleet.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;

class RolloutFleetTest : public Fleet {
 protected:
  static std::vector<DesiredSubscription> in_waves(unsigned count, unsigned per_wave, bool plan) {
    auto fleet = all_declared(count, plan);
    for (unsigned n = 0; n < count; ++n) fleet[n].wave = static_cast<std::uint8_t>(n / per_wave);
    return fleet;
  }
  static SafetyRules rules(RolloutRule rollout) {
    SafetyRules result;
    result.max_disables_per_sweep = 1'000'000;
    result.rollout = rollout;
    return result;
  }
  void put_all(unsigned count, const Pricing& pricing) {
    for (unsigned n = 1; n <= count; ++n) store_.put(subscription_id(n), pricing);
  }
  [[nodiscard]] std::size_t with_reason(Reason reason) const {
    std::size_t count = 0;
    for (const auto& [id, outcome] : last_) count += outcome.reason == reason ? 1 : 0;
    return count;
  }
};

TEST_F(RolloutFleetTest, GoesWaveByWaveWithoutWaitingForASweep) {
  make(rules({}));
  put_all(12, free_plan());
  store_.fail_next_write(subscription_id(2), failure(Reason::ServerError, NextTry::Soon));
  std::vector<unsigned> order;
  use(in_waves(12, 4, true));
  unsigned highest = 0;
  run_for(2min, [&] {
    for (unsigned wave = 0; wave < 3; ++wave) {
      const unsigned first = wave * 4;
      unsigned in_wave = 0;
      for (unsigned n = first + 1; n <= first + 4; ++n) in_wave += is_on(n) ? 1 : 0;
      if (in_wave > 0) {
        EXPECT_EQ(on(first), first) << "wave " << wave << " began before the earlier were complete";
        highest = std::max(highest, wave);
      }
    }
  });
  EXPECT_EQ(highest, 2U);
  EXPECT_EQ(on(12), 12U) << "all within two minutes, although a sweep takes five";
  EXPECT_EQ(in_state(State::InSync), 12U);
}

TEST_F(RolloutFleetTest, AFailingSubscriptionHoldsUpLaterWaves) {
  make(rules({}));
  put_all(4, free_plan());
  store_.refuse_plan(subscription_id(1), "no");
  use(in_waves(4, 2, true));
  run_for(1h);
  EXPECT_TRUE(is_on(2));
  EXPECT_FALSE(is_on(3));
  EXPECT_EQ(last(3).reason, Reason::WaitsForEarlierWave);
  EXPECT_EQ(last(3).state, State::Held);
  EXPECT_THAT(last(3).message, HasSubstr("wave 0, in which 1 subscription is not as declared"));
}

TEST_F(RolloutFleetTest, DriftOfOthersIsCorrectedBesideARollOut) {
  make(rules({.subscriptions = 1, .interval = 5min}));
  put_all(4, free_plan());
  use(in_waves(4, 2, true));
  run_for(1h);
  ASSERT_EQ(on(4), 4U);
  // An edit that waits: wave 0 cannot be written.
  store_.refuse_extension(subscription_id(1), std::string(kPromptEvidence), "no");
  auto edited = in_waves(4, 2, true);
  edited[0].extensions = edited[3].extensions = {evidence(true)};
  use(edited);
  run_for(20min);
  EXPECT_EQ(last(4).reason, Reason::WaitsForEarlierWave);
  store_.put(subscription_id(3), free_plan());  // of wave 1, by somebody else
  run_for(6min);
  EXPECT_TRUE(is_on(3));
}

TEST_F(RolloutFleetTest, ThePaceHoldsInEachInterval) {
  make(rules({.subscriptions = 3, .interval = 5min}));
  put_all(12, free_plan());
  use(all_declared(12, true));
  unsigned before = 0;
  for (int interval = 0; interval < 4; ++interval) {
    run_for(5min - 1s);
    EXPECT_LE(on(12), before + 3) << interval;
    run_for(1s);
    before = on(12);
  }
  run_for(10min);
  EXPECT_EQ(on(12), 12U);
}

// A tenth of a thousand cannot be written.
TEST_F(RolloutFleetTest, ABadTenthStopsItAndTheRestIsNotTouched) {
  make(rules({.subscriptions = 20, .stop_after_failures = 3, .interval = 5min}));
  constexpr unsigned kFleet = 1000;
  put_all(kFleet, free_plan());
  for (unsigned n = 5; n <= kFleet; n += 10) store_.refuse_plan(subscription_id(n), "no");
  use(all_declared(kFleet, true));
  run_for(2h);
  const unsigned written = on(kFleet);
  EXPECT_GT(written, 0U);
  EXPECT_LE(written, 60U);
  EXPECT_GT(with_reason(Reason::RolloutStopped), 900U);
  EXPECT_THAT(notices_.back().message, HasSubstr("the roll-out has stopped"));

  restart(all_declared(kFleet, true), false);  // a crash in the middle
  run_for(2h);
  EXPECT_EQ(on(kFleet), written) << "a restart gives no new turns";
  EXPECT_GT(with_reason(Reason::RolloutStopped), 900U);
}

// Those that fail answer last.
TEST_F(RolloutFleetTest, ARestartOfAStoppedOneWritesNothingMore) {
  SafetyRules careful = rules({.subscriptions = 2, .stop_after_failures = 2, .interval = 5min});
  for (const bool stopped : {true, false}) {
    make(careful);
    put_all(12, free_plan());
    for (const unsigned n : {1U, 2U}) store_.refuse_plan(subscription_id(n), "no");
    use(all_declared(12, true));
    run_for(1h);
    ASSERT_EQ(on(12), 0U);
    rules_.rollout.subscriptions = 20;
    safety_->set_rules(rules_);
    for (int restarts = 0; restarts < 3; ++restarts) {
      for (const unsigned n : {1U, 2U})
        store_.fail_next_read(subscription_id(n), failure(Reason::Throttled, NextTry::ServerWait));
      restart(all_declared(12, true), stopped);
      run_for(1h);
      EXPECT_EQ(on(12), 0U) << restarts << " restarts";
      EXPECT_EQ(with_reason(Reason::RolloutStopped), 10U);
    }
  }
}

TEST_F(RolloutFleetTest, ADeclarationThatComesBackAfterARestartIsARollOut) {
  make(rules({.subscriptions = 1, .interval = 1h}));
  put_all(6, standard_plan());
  use(all_declared(6, true));
  run_for(10min);
  restart(all_declared(6, true));
  safety_->fleet_is_complete();
  run_for(10min);
  use(all_declared(6, false));
  run_for(8h);
  ASSERT_EQ(on(6), 0U);
  use(all_declared(6, true));
  run_for(10min);
  EXPECT_EQ(on(6), 1U) << "one turn";
}

TEST_F(RolloutFleetTest, ACodeLetsLaterWavesGoOnToo) {
  make(rules({.stop_after_failures = 2}));
  put_all(6, free_plan());
  for (const unsigned n : {1U, 2U}) store_.refuse_plan(subscription_id(n), "no");
  use(in_waves(6, 3, true));
  run_for(30min);
  EXPECT_EQ(last(4).reason, Reason::WaitsForEarlierWave);
  EXPECT_THAT(last(4).message, HasSubstr(subscription_id(1).text()));
  EXPECT_TRUE(safety_->rollout_is_stopped()) << "although nobody has this reason";
  confirm(safety_->confirm_code());
  run_for(30min);
  EXPECT_EQ(on(6), 4U);
}

TEST_F(RolloutFleetTest, ACodeLeavesTheFailedBehindAndWorksOnce) {
  make(rules({.subscriptions = 10, .stop_after_failures = 2, .interval = 5min}));
  put_all(20, free_plan());
  store_.refuse_plan(subscription_id(1), "no");
  store_.refuse_plan(subscription_id(2), "no");
  use(all_declared(20, true));
  run_for(30min);
  ASSERT_EQ(safety_->rollout().waves.at(0).failed, 2U);
  const std::string code = safety_->confirm_code();
  ASSERT_EQ(code.size(), 8U);
  EXPECT_THAT(safety_->rollout().stopped, HasSubstr("`confirm: " + code + "`"));
  confirm(code);
  run_for(30min);
  EXPECT_EQ(on(20), 18U);
  EXPECT_EQ(safety_->confirm_code(), "");
  EXPECT_TRUE(safety_->is_spent(code));
}

// What failed is as declared before anybody confirmed that it is left behind, and fails again.
TEST_F(RolloutFleetTest, ACodeThatIsSetTooLateLeavesNobodyBehind) {
  make(rules({.subscriptions = 2, .stop_after_failures = 1, .interval = 5min}));
  put_all(8, free_plan());
  store_.refuse_plan(subscription_id(1), "no");
  use(all_declared(8, true));
  run_for(30min);
  const std::string code = safety_->confirm_code();
  ASSERT_EQ(code.size(), 8U);
  use(all_declared(8, false));  // taken back
  run_for(2h);
  ASSERT_EQ(safety_->rollout().stopped, "");
  confirm(code);
  use(all_declared(8, true));
  run_for(2h);
  EXPECT_NE(safety_->rollout().stopped, "") << "the same one fails again";
  EXPECT_LT(on(8), 7U);
  EXPECT_NE(safety_->confirm_code(), code);
  EXPECT_THAT(notices_.back().message,
              testing::HasSubstr(". safety.confirm is " + code + ", which came too late"));
  confirm(safety_->confirm_code());
  run_for(2h);
  EXPECT_EQ(on(8), 7U);
}

TEST_F(RolloutFleetTest, ItsCodeMayBeInCapitals) {
  make(rules({.subscriptions = 10, .stop_after_failures = 1, .interval = 5min}));
  put_all(4, free_plan());
  store_.refuse_plan(subscription_id(1), "no");
  use(all_declared(4, true));
  run_for(30min);
  const std::string code = safety_->confirm_code();
  std::string loud = code;
  std::transform(loud.begin(), loud.end(), loud.begin(),
                 [](char c) { return static_cast<char>(std::toupper(c)); });
  ASSERT_NE(loud, code);
  confirm(loud);
  EXPECT_TRUE(std::any_of(notices_.begin(), notices_.end(),
                          [&](const BrakeNotice& notice) { return notice.code == code; }));
  EXPECT_EQ(safety_->rollout().stopped, "");
  EXPECT_TRUE(safety_->is_spent(code));
}

TEST_F(RolloutFleetTest, TheSameFailuresOfALaterEditHaveAnotherCode) {
  make(rules({.subscriptions = 10, .stop_after_failures = 2, .interval = 5min}));
  put_all(8, free_plan());
  for (const unsigned n : {1U, 2U}) {
    store_.refuse_plan(subscription_id(n), "no");
    store_.refuse_extension(subscription_id(n), std::string(kPromptEvidence), "no");
  }
  use(all_declared(8, true));
  run_for(30min);
  const std::string used = safety_->confirm_code();
  confirm(used);
  run_for(30min);
  ASSERT_EQ(on(8), 6U);

  confirm("");
  use(all_declared(8, true, {evidence(true)}));
  run_for(30min);
  const std::string code = safety_->confirm_code();
  EXPECT_EQ(code.size(), 8U);
  EXPECT_NE(code, used);
  ASSERT_EQ(notices_.back().kind, BrakeNotice::Kind::Holding);
  EXPECT_THAT(notices_.back().message, EndsWith("`confirm: " + code +
                                                "` under `safety:` in the "
                                                "settings"));
  const std::size_t told = notices_.size();
  confirm(used);
  run_for(30min);
  EXPECT_EQ(notices_.size(), told + 1) << "once";
  EXPECT_THAT(notices_.back().message, EndsWith(". safety.confirm is " + used +
                                                ", which was already used: a code works once"));
  confirm("0badc0de");
  EXPECT_THAT(notices_.back().message,
              EndsWith(". safety.confirm is 0badc0de, which is for other changes"));
  EXPECT_NE(safety_->rollout().stopped, "");
  confirm(code);
  EXPECT_EQ(safety_->rollout().stopped, "");
  EXPECT_TRUE(safety_->is_spent(code));
}

TEST_F(RolloutFleetTest, ARestartKnowsDriftFromARollOut) {
  make(rules({.subscriptions = 1, .interval = 1h}));
  put_all(6, standard_plan());
  use(all_declared(6, true));
  run_for(10min);
  ASSERT_EQ(in_state(State::InSync), 6U);
  for (unsigned n = 1; n <= 6; ++n) store_.put(subscription_id(n), free_plan());
  restart(all_declared(6, true));
  run_for(10min);
  EXPECT_EQ(on(6), 6U) << "all were as declared once: none waits for a turn";

  restart(all_declared(6, false));  // edited while it was stopped
  run_for(10min);
  EXPECT_EQ(on(6), 5U) << "one turn";
}

// The cost of switching on was agreed to before.
TEST_F(RolloutFleetTest, TheDefaultBrakeOnSwitchingOnLetsDriftBeCorrected) {
  SafetyRules by_default;
  by_default.max_enables_per_sweep = 5;
  by_default.enables_count_drift = false;
  make(by_default);
  put_all(8, standard_plan());
  use(all_declared(8, true));
  run_for(10min);
  put_all(8, free_plan());  // by somebody else
  run_for(10min);
  EXPECT_EQ(on(8), 8U);
  use(all_declared(8, false));
  run_for(1s);
  put_all(8, free_plan());
  run_for(1h);
  use(all_declared(8, true));
  run_for(1h);
  EXPECT_EQ(on(8), 0U) << "an edit is held";
  EXPECT_EQ(with_reason(Reason::EnableBrake), 8U);
}

TEST_F(RolloutFleetTest, TheBrakeCountsWhatWaitsForItsWave) {
  SafetyRules careful;
  careful.max_disables_per_sweep = 3;
  make(careful);
  put_all(8, standard_plan());
  use(in_waves(8, 2, true));
  run_for(10min);
  use(in_waves(8, 2, false));
  run_for(3h);
  EXPECT_EQ(on(8), 8U) << "not two by two";
  EXPECT_EQ(with_reason(Reason::DisableBrake), 8U);
  confirm(safety_->confirm_code());
  run_for(10min);
  EXPECT_EQ(on(8), 0U);
}

}  // namespace
}  // namespace defenderd
