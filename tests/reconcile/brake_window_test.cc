// The brake counts in time: nothing but time takes a switched change out of its window.

#include <gmock/gmock.h>

#include "reconcile/fleet.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr unsigned kFleet = 40;
constexpr unsigned kLimit = 3;

class BrakeWindowTest : public Fleet {
 protected:
  // A fleet that is on, and was observed once.
  void start(unsigned size = kFleet) {
    make(rules_);
    for (unsigned n = 1; n <= size; ++n) {
      store_.put(subscription_id(n), standard_plan({{"AIPromptEvidence", true}}));
    }
    use(all_declared(size, true, {evidence(true)}));
    run_for(1min);
    ASSERT_EQ(in_state(State::InSync), size);
  }

  // Those in [off_from, off_to] are declared off, those before off_from are not declared at all or
  // stay off, and the rest is on.
  static std::vector<DesiredSubscription> off(unsigned from, unsigned to, unsigned first = 1) {
    std::vector<DesiredSubscription> result;
    for (unsigned n = first; n <= kFleet; ++n) {
      const bool is_off = n >= from && n <= to;
      result.push_back(is_off ? declared(n, false) : declared(n, true, {evidence(true)}));
    }
    return result;
  }
};

TEST_F(BrakeWindowTest, WhatLeavesTheListStillCounts) {
  start();
  for (unsigned edit = 0; edit < 12; ++edit) {
    const unsigned first = edit * kLimit + 1;
    use(off(first, first + kLimit - 1, first));  // those of the edit before have left
    run_for(10s);
  }
  EXPECT_EQ(on(kFleet), kFleet - kLimit);
  EXPECT_EQ(safety_->held(BrakeKind::Disable), kLimit);
}

TEST_F(BrakeWindowTest, WhatLeavesWhileItIsWrittenStillCounts) {
  start();
  use(off(1, kLimit));
  ASSERT_TRUE(controller_->step());
  run_for(1s);
  use({});
  use(off(4, 6, 4));
  run_for(1s);
  EXPECT_EQ(on(kFleet), kFleet - kLimit);
}

TEST_F(BrakeWindowTest, SweepsThatSomebodyAsksForEndNoWindow) {
  start();
  for (unsigned edit = 0; edit < 8; ++edit) {
    use(off(1, (edit + 1) * kLimit));
    run_for(1s);
    for (int i = 0; i < 3; ++i) {
      controller_->reconcile_now({});
      run_for(1s);
    }
  }
  EXPECT_EQ(on(kFleet), kFleet - kLimit);
}

TEST_F(BrakeWindowTest, RestartsEndNoWindow) {
  start();
  for (const bool stopped : {true, false}) {
    for (unsigned edit = 0; edit < 4; ++edit) {
      restart(off(1, (edit + 1) * kLimit), stopped);
      run_for(1min);
    }
  }
  EXPECT_EQ(on(kFleet), kFleet - kLimit);
  EXPECT_EQ(safety_->held(BrakeKind::Disable), 3 * kLimit);
}

TEST_F(BrakeWindowTest, AClockThatIsSetNeitherFreesNorFreezes) {
  start();
  use(off(1, kLimit));
  run_for(1min);
  ASSERT_EQ(on(kFleet), kFleet - kLimit);
  clock_.set_wall_clock(24h);
  use(off(1, kLimit + 1));
  run_for(1min);
  EXPECT_EQ(on(kFleet), kFleet - kLimit) << "set forth while it runs";
  clock_.set_wall_clock(-48h);
  run_for(1min);
  EXPECT_EQ(on(kFleet), kFleet - kLimit) << "set back while it runs";
  clock_.set_wall_clock(-24h * 365);
  restart(off(1, kLimit + 1), false);
  run_for(55min);
  EXPECT_EQ(on(kFleet), kFleet - kLimit) << "set back over a restart";
  run_for(10min);
  EXPECT_EQ(on(kFleet), kFleet - kLimit - 1) << "a window of its own at most";
}

// Restarts that come more often than the window would hold for ever, did a process not save its
// times by its own clock.
TEST_F(BrakeWindowTest, AClockThatWasSetBackFreezesNothingOverManyRestarts) {
  start();
  use(off(1, kLimit));
  run_for(1min);
  clock_.set_wall_clock(-24h * 365);
  use(off(1, kLimit + 1));
  restart(off(1, kLimit + 1), false);
  for (int i = 0; i < 3; ++i) {
    run_for(25min);
    restart(off(1, kLimit + 1));
  }
  run_for(1min);
  EXPECT_EQ(on(kFleet), kFleet - kLimit - 1);
}

TEST_F(BrakeWindowTest, AFailedReadIsNoObservation) {
  start();
  const auto all_off = all_declared(kFleet, false);
  for (int i = 0; i < 4; ++i) {
    for (unsigned n = 1; n <= kFleet; ++n) {
      if (n % 10 == static_cast<unsigned>(i)) continue;
      store_.fail_next_read(subscription_id(n), failure(Reason::ServerError, NextTry::Soon));
    }
    restart(all_off);
    run_for(1s);
    EXPECT_EQ(on(kFleet), kFleet) << "restart " << i;
    EXPECT_EQ(safety_->held(BrakeKind::Disable), 4U) << "those that were observed";
  }
  EXPECT_THAT(notices_.back().message,
              HasSubstr("with up to 36 more in subscriptions that could not be read"));
  run_for(1h);
  EXPECT_EQ(safety_->held(BrakeKind::Disable), kFleet) << "all can be read again";
}

TEST_F(BrakeWindowTest, WhatCannotBeReadForAWholeWindowHoldsUpNothing) {
  start();
  auto edited = off(1, 5);
  for (unsigned n = 2; n <= 5; ++n) {
    for (int k = 0; k < 20; ++k) {
      store_.fail_next_read(subscription_id(n), failure(Reason::Forbidden, NextTry::Slow));
    }
  }
  restart(edited);
  run_for(30min);
  EXPECT_TRUE(is_on(1));
  EXPECT_EQ(safety_->held(BrakeKind::Disable), 1U) << "it has a code";
  run_for(35min);
  EXPECT_FALSE(is_on(1));
  EXPECT_EQ(on(kFleet), kFleet - 1);
}

TEST_F(BrakeWindowTest, AnUnreadableOneThatCannotWantADisableHoldsUpNothing) {
  start();
  for (unsigned n = 10; n <= 20; ++n) {
    store_.fail_next_read(subscription_id(n), failure(Reason::Forbidden, NextTry::Slow));
  }
  auto edited = off(1, 2);
  edited[11].mode = Mode::Observe;
  edited[11].plan = false;
  restart(edited);
  run_for(10s);
  EXPECT_EQ(on(kFleet), kFleet - 2);
}

TEST_F(BrakeWindowTest, ACodeIsSpentAlsoAfterARestart) {
  start();
  const auto all_off = all_declared(kFleet, false);
  const auto all_on = all_declared(kFleet, true, {evidence(true)});
  use(all_off);
  run_for(1min);
  const std::string code = safety_->confirm_code();
  confirm(code);
  run_for(1min);
  ASSERT_EQ(on(kFleet), 0U);
  use(all_on);
  run_for(1min);
  ASSERT_EQ(on(kFleet), kFleet);
  for (const bool stopped : {false, true}) {
    restart(all_off, stopped);  // the code stands in the settings
    run_for(2h);
    EXPECT_EQ(on(kFleet), kFleet);
    EXPECT_NE(safety_->confirm_code(), code);
    EXPECT_THAT(notices_.back().message, HasSubstr("safety.confirm is " + code +
                                                   ", which was already used: a code works "
                                                   "once"));
  }
  const std::string next = safety_->confirm_code();
  confirm(next);
  run_for(1min);
  EXPECT_EQ(on(kFleet), 0U);
}

TEST_F(BrakeWindowTest, ACodeOfTheEnableBrakeIsSpentAlsoAfterARestart) {
  rules_.max_enables_per_sweep = 5;
  make(rules_);
  for (unsigned n = 1; n <= kFleet; ++n) store_.put(subscription_id(n), free_plan());
  const auto all_on = all_declared(kFleet, true);
  use(all_on);
  run_for(1min);
  const std::string code = safety_->confirm_code();
  confirm(code);
  run_for(1min);
  ASSERT_EQ(on(kFleet), kFleet);
  for (unsigned n = 1; n <= kFleet; ++n) store_.put(subscription_id(n), free_plan());
  restart(all_on);
  run_for(2h);
  EXPECT_EQ(on(kFleet), 0U);
  EXPECT_EQ(safety_->held(BrakeKind::Enable), kFleet);
  EXPECT_NE(safety_->confirm_code(), code);
}

TEST_F(BrakeWindowTest, WhatACodeLetThroughGoesOnAfterARestart) {
  start();
  const auto all_off = all_declared(kFleet, false);
  use(all_off);
  run_for(1min);
  confirm(safety_->confirm_code());
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(controller_->step());
  ASSERT_EQ(on(kFleet), kFleet - 10);
  restart(all_off, false);
  run_for(1min);
  EXPECT_EQ(on(kFleet), 0U) << "the log has told that exactly these go through";
  for (unsigned n = 1; n <= kFleet; ++n) store_.put(subscription_id(n), standard_plan());
  run_for(10min);
  EXPECT_EQ(on(kFleet), kFleet - kLimit) << "once";
}

TEST_F(BrakeWindowTest, ALimitThatIsSetWhileItRunsCountsFromThenOn) {
  make(rules_);
  for (unsigned n = 1; n <= kFleet; ++n) store_.put(subscription_id(n), free_plan());
  use(all_declared(10, true));
  run_for(1min);
  ASSERT_EQ(on(kFleet), 10U);
  EXPECT_EQ(safety_->memory().brakes, SafetyMemory{}.brakes) << "no limit, nothing to remember";
  rules_.max_enables_per_sweep = 5;
  safety_->set_rules(rules_);
  use(all_declared(15, true));
  run_for(1min);
  EXPECT_EQ(on(kFleet), 15U);
  use(all_declared(16, true));
  run_for(1min);
  EXPECT_EQ(on(kFleet), 15U);
}

TEST_F(BrakeWindowTest, TheWindowIsThatOfTheRules) {
  rules_.brake_window = 10h;
  start();
  use(off(1, kLimit));
  run_for(1min);
  use(off(1, kLimit + 1));
  run_for(9h);
  EXPECT_EQ(on(kFleet), kFleet - kLimit);
  EXPECT_THAT(last(kLimit + 1).message, HasSubstr("allows within 10h"));
  EXPECT_THAT(notices_.back().message, HasSubstr("after 3 within the last 10h"));
  run_for(70min);
  EXPECT_EQ(on(kFleet), kFleet - kLimit - 1);
}

}  // namespace
}  // namespace defenderd
