// The brakes on a whole simulated fleet.

#include <gmock/gmock.h>

#include "reconcile/fleet.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr unsigned kFleet = 200;

class BrakesTest : public Fleet {
 protected:
  // A fleet that is on, and was looked at once.
  void start(SafetyRules rules = {}, unsigned size = kFleet) {
    make(std::move(rules));
    for (unsigned n = 1; n <= size; ++n) {
      store_.put(subscription_id(n), standard_plan({{"AIPromptEvidence", true}}));
    }
    use(all_declared(size, true, {evidence(true)}));
    run_for(1min);
    ASSERT_EQ(in_state(State::InSync), size);
  }

  // The same accident again: the code in the settings, which was its code, does not confirm it.
  void expect_void(const std::string& code) {
    ASSERT_EQ(code.size(), 8U);
    restart(all_declared(10, false));  // which forgets nothing
    run_for(2h);
    EXPECT_EQ(on(10), 10U);
    EXPECT_EQ(safety_->held(BrakeKind::Disable), 10U);
    EXPECT_NE(safety_->confirm_code(), code);
    EXPECT_THAT(notices_.back().message,
                HasSubstr(". safety.confirm is " + code +
                          ", which came too late: the changes that it was for went away before"));
    confirm(safety_->confirm_code());
    run_for(1min);
    EXPECT_EQ(on(10), 0U) << "the code of today works";
  }

  [[nodiscard]] std::size_t with_reason(Reason reason) const {
    std::size_t count = 0;
    for (const auto& [id, outcome] : last_) count += outcome.reason == reason ? 1 : 0;
    return count;
  }
  [[nodiscard]] std::size_t told(BrakeNotice::Kind kind) const {
    return static_cast<std::size_t>(
        std::count_if(notices_.begin(), notices_.end(),
                      [&](const BrakeNotice& notice) { return notice.kind == kind; }));
  }
};

TEST_F(BrakesTest, AOneWordEditSwitchesNothingOffAndSaysWhy) {
  start();
  use(all_declared(kFleet, false));
  run_for(1min);
  EXPECT_EQ(store_.writes(), 0);
  EXPECT_EQ(on(kFleet), kFleet);
  EXPECT_EQ(in_state(State::Held), kFleet);
  for (unsigned n = 1; n <= kFleet; ++n) {
    ASSERT_EQ(last(n).reason, Reason::DisableBrake) << "also of those that waited for the others";
  }
  const std::string code = safety_->confirm_code();
  EXPECT_EQ(code.size(), 8U);
  EXPECT_EQ(safety_->held(BrakeKind::Disable), kFleet);
  EXPECT_THAT(last(1).message, HasSubstr("with the code that the status page"));
  EXPECT_EQ(last(1).message, last(kFleet).message) << "none names a code that is void by now";
  ASSERT_EQ(notices_.size(), 1U) << "one loud line";
  EXPECT_EQ(notices_[0].kind, BrakeNotice::Kind::Holding);
  EXPECT_EQ(notices_[0].changes, kFleet);
  EXPECT_THAT(notices_[0].message, HasSubstr("200 plans or extensions would be switched off"));
  EXPECT_THAT(notices_[0].message, HasSubstr("`confirm: " + code + "`"));

  run_for(2h);
  EXPECT_EQ(store_.writes(), 0) << "nor later";
  EXPECT_EQ(notices_.size(), 1U) << "and no second line while nothing changes";
}

TEST_F(BrakesTest, TheCodeLetsExactlyTheHeldChangesThrough) {
  start();
  use(all_declared(kFleet, false));
  run_for(1min);
  const std::string code = safety_->confirm_code();
  confirm(code);
  run_for(1s);
  EXPECT_EQ(on(kFleet), 0U) << "at once, not at the next poll";
  for (unsigned n = 1; n <= kFleet; ++n) {
    for (const Change& change : last(n).changes)
      ASSERT_EQ(change.confirmed, code) << "each says what let it through";
  }
  EXPECT_EQ(in_state(State::InSync), kFleet);
  EXPECT_EQ(told(BrakeNotice::Kind::Confirmed), 1U);
  EXPECT_EQ(notices_.back().code, code);
  EXPECT_EQ(safety_->confirm_code(), "");
  EXPECT_EQ(safety_->held(BrakeKind::Disable), 0U);

  // The code stays in the settings, and the accident happens again.
  for (unsigned n = 1; n <= kFleet; ++n) store_.put(subscription_id(n), standard_plan());
  run_for(6min);
  EXPECT_EQ(on(kFleet), kFleet - 3) << "the first three, then the brake";
  EXPECT_NE(safety_->confirm_code(), "");
}

TEST_F(BrakesTest, AUsedCodeDoesNotWorkTwice) {
  start({}, 10);
  use(all_declared(10, false));
  run_for(1min);
  const std::string code = safety_->confirm_code();
  confirm(code);
  run_for(1min);
  ASSERT_EQ(on(10), 0U);
  use(all_declared(10, true));
  run_for(1min);
  ASSERT_EQ(on(10), 10U);
  run_for(1h);
  use(all_declared(10, false));
  run_for(1min);
  EXPECT_EQ(on(10), 10U);
  EXPECT_NE(safety_->confirm_code(), code);
  confirm(safety_->confirm_code());
  run_for(1min);
  EXPECT_EQ(on(10), 0U);
}

TEST_F(BrakesTest, TheCodeOfOtherChangesLetsNothingThrough) {
  start();
  auto most = all_declared(kFleet, false);
  most.back() = declared(kFleet, true, {evidence(true)});
  use(most);
  run_for(1min);
  const std::string code_of_most = safety_->confirm_code();
  use(all_declared(kFleet, false));
  run_for(1min);
  ASSERT_NE(safety_->confirm_code(), code_of_most);
  confirm(code_of_most);
  run_for(10min);
  EXPECT_EQ(store_.writes(), 0);
  EXPECT_EQ(in_state(State::Held), kFleet);
  EXPECT_THAT(notices_.back().message,
              HasSubstr("safety.confirm is " + code_of_most + ", which is for other"));
  use(most);
  run_for(1min);
  EXPECT_EQ(on(kFleet), 1U) << "it does let its own changes through";
}

// The accident is undone before anybody has confirmed it, and happens again later.
TEST_F(BrakesTest, ACodeThatIsSetTooLateConfirmsNoLaterChanges) {
  start({}, 10);
  use(all_declared(10, false));
  run_for(1min);
  const std::string code = safety_->confirm_code();
  use(all_declared(10, true, {evidence(true)}));
  run_for(1min);
  ASSERT_EQ(safety_->confirm_code(), "");
  confirm(code);
  run_for(10min);
  expect_void(code);
}

TEST_F(BrakesTest, ACodeThatWasSetInVainConfirmsNoLaterChanges) {
  start({}, 10);
  use(all_declared(10, false));
  run_for(1min);
  const std::string code = safety_->confirm_code();
  auto fewer = all_declared(10, false);
  fewer.back() = declared(10, true, {evidence(true)});
  use(fewer);
  run_for(1min);
  confirm(code);
  run_for(1min);
  ASSERT_EQ(on(10), 10U);
  use(all_declared(10, true, {evidence(true)}));
  run_for(1min);
  expect_void(code);
}

TEST_F(BrakesTest, AFewAreSwitchedOffWithoutAsking) {
  start();
  auto edited = all_declared(kFleet, true, {evidence(true)});
  for (std::size_t i = 0; i < 3; ++i) edited[i] = declared(static_cast<unsigned>(i) + 1, false);
  use(edited);
  run_for(1s);
  EXPECT_EQ(on(kFleet), kFleet - 3);
  EXPECT_TRUE(notices_.empty());
}

TEST_F(BrakesTest, AtStartNothingIsSwitchedOffBeforeAllWereSeen) {
  make();
  for (unsigned n = 1; n <= 5; ++n) store_.put(subscription_id(n), standard_plan());
  use(all_declared(5, false));
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(controller_->step());
    EXPECT_EQ(store_.writes(), 0);
  }
  EXPECT_EQ(last(1).state, State::Held);
  EXPECT_EQ(last(1).reason, Reason::FleetNotObserved);
  EXPECT_THAT(last(1).message, HasSubstr("4 of 5 are not observed yet"));
  run_for(0s);
  EXPECT_EQ(store_.writes(), 0);
  EXPECT_EQ(last(1).reason, Reason::DisableBrake);
}

TEST_F(BrakesTest, WhatWaitedForTheFleetGoesOnAtOnce) {
  make();
  for (unsigned n = 1; n <= 5; ++n) store_.put(subscription_id(n), standard_plan());
  auto edited = all_declared(5, true);
  edited[0] = declared(1, false);
  edited[1] = declared(2, true, {evidence(true)});
  use(edited);
  ASSERT_TRUE(controller_->step());
  EXPECT_EQ(last(1).reason, Reason::FleetNotObserved);
  ASSERT_TRUE(controller_->step());
  EXPECT_TRUE(store_.get(subscription_id(2)).find(kPromptEvidence)->enabled.value_or(false))
      << "switching on waits for nobody";
  run_for(0s);
  EXPECT_FALSE(is_on(1));
}

TEST_F(BrakesTest, WhatFailsToAnswerIsNotWaitedForButAThrottledOneIs) {
  make();
  for (unsigned n = 1; n <= 3; ++n) store_.put(subscription_id(n), standard_plan());
  auto edited = all_declared(3, true);
  edited[0] = declared(1, false);
  store_.fail_next_read(subscription_id(2), failure(Reason::Forbidden, NextTry::Slow));
  store_.fail_next_read(subscription_id(3), failure(Reason::Throttled, NextTry::ServerWait));
  use(edited);
  run_for(0s);
  EXPECT_TRUE(is_on(1)) << "the third says only that it will answer soon";
  run_for(30s);
  EXPECT_EQ(last(2).state, State::Failing);
  EXPECT_FALSE(is_on(1));
}

TEST_F(BrakesTest, WhatCannotBeReadCountsWithWhatWasSeenLast) {
  start({}, 4);
  for (unsigned n = 2; n <= 4; ++n) {
    for (int i = 0; i < 3; ++i) {
      store_.fail_next_read(subscription_id(n), failure(Reason::ServerError, NextTry::Soon));
    }
  }
  use(all_declared(4, false));
  run_for(1s);
  EXPECT_EQ(last(1).reason, Reason::DisableBrake) << "not alone, though alone in answering";
  run_for(1h);
  EXPECT_EQ(store_.writes(), 0);
  for (unsigned n = 1; n <= 3; ++n) {
    store_.fail_next_read(subscription_id(n), failure(Reason::ServerError, NextTry::Soon));
  }
  run_for(1h);
  EXPECT_EQ(store_.writes(), 0) << "a failure takes nothing out of the count";
}

TEST_F(BrakesTest, AFewInEachEditDoNotSlipThrough) {
  start({}, 20);
  auto edited = all_declared(20, true, {evidence(true)});
  for (unsigned n = 1; n <= 5; ++n) {
    edited[n - 1] = declared(n, false);
    use(edited);
    run_for(1s);
    EXPECT_EQ(on(20), 20 - std::min(n, 3U)) << "after edit " << n;
  }
  EXPECT_EQ(last(5).reason, Reason::DisableBrake);
  EXPECT_THAT(notices_.back().message,
              HasSubstr("2 plans or extensions would be switched off at once, after 3 within the "
                        "last 1h"));
}

TEST_F(BrakesTest, EnablingHasABrakeOnlyWhereTheSettingsSay) {
  SafetyRules rules;
  rules.max_enables_per_sweep = 5;
  make(rules);
  for (unsigned n = 1; n <= 10; ++n) store_.put(subscription_id(n), free_plan());
  use(all_declared(10, true, {evidence(true)}));
  run_for(10min);
  EXPECT_EQ(store_.writes(), 0);
  EXPECT_EQ(last(1).reason, Reason::EnableBrake);
  EXPECT_EQ(safety_->held(BrakeKind::Enable), 10U) << "a plan with its extensions is one";
  EXPECT_THAT(last(1).message, HasSubstr("safety.maxEnablesPerSweep"));
  confirm(safety_->confirm_code());
  run_for(1s);
  EXPECT_EQ(on(10), 10U);
  EXPECT_EQ(in_state(State::InSync), 10U);
}

TEST_F(BrakesTest, ALimitThatIsRaisedLetsThemGo) {
  start({}, 10);
  use(all_declared(10, false));
  run_for(1min);
  ASSERT_EQ(on(10), 10U);
  rules_.max_disables_per_sweep = 10;
  safety_->set_rules(rules_);
  run_for(1s);
  EXPECT_EQ(on(10), 0U);
  EXPECT_EQ(told(BrakeNotice::Kind::Released), 1U);
}

TEST_F(BrakesTest, ObservedAndSuspendedOnesAreNotCounted) {
  start({}, 10);
  auto edited = all_declared(10, false);
  for (std::size_t i = 2; i < 6; ++i) edited[i].mode = Mode::Observe;
  for (std::size_t i = 6; i < 10; ++i) edited[i].suspend = Suspension{clock_.wall_now() + 1h};
  use(edited);
  run_for(1min);
  EXPECT_FALSE(is_on(1));
  EXPECT_FALSE(is_on(2));
  EXPECT_EQ(on(10), 8U);
  run_for(3h);
  EXPECT_EQ(on(10), 8U) << "the suspensions end at the same moment, and four are too many";
  EXPECT_EQ(with_reason(Reason::DisableBrake), 4U);
}

TEST_F(BrakesTest, WhatLeavesTheYamlLeavesTheBrake) {
  start({}, 10);
  use(all_declared(10, false));
  run_for(1min);
  ASSERT_EQ(safety_->held(BrakeKind::Disable), 10U);
  use(all_declared(3, false));
  EXPECT_EQ(safety_->held(BrakeKind::Disable), 0U);
  run_for(1min);
  EXPECT_EQ(on(10), 7U) << "three are within the limit; the others are left alone";
  use({});
  run_for(1h);
  EXPECT_EQ(on(10), 7U) << "an empty list switches nothing off";
}

TEST_F(BrakesTest, AnExtensionSwitchedOffIsADisableToo) {
  start({}, 10);
  use(all_declared(10, true, {evidence(false)}));
  run_for(1min);
  EXPECT_EQ(store_.writes(), 0);
  EXPECT_EQ(last(1).reason, Reason::DisableBrake);
}

TEST_F(BrakesTest, ATakenWriteThatWasNotAnsweredIsCounted) {
  SafetyRules rules;
  rules.max_disables_per_sweep = 1;
  start(rules, 3);
  Failure lost = failure(Reason::Timeout, NextTry::Slow);
  lost.maybe_applied = true;
  store_.fail_next_write(subscription_id(1), lost);
  auto edited = all_declared(3, true, {evidence(true)});
  edited[0] = declared(1, false);
  use(edited);
  run_for(1s);
  store_.put(subscription_id(1), free_plan());  // ARM did it after all
  edited[1] = declared(2, false);
  use(edited);
  run_for(1s);
  EXPECT_TRUE(is_on(2)) << "it would be the second of this sweep";
}

}  // namespace
}  // namespace defenderd
