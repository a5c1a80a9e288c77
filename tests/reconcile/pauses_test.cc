// What ends by itself: freezes, suspensions, and the wait for scopes. Neither their begin nor their
// end lets anything through that is held.

#include <gmock/gmock.h>

#include "reconcile/fleet.h"
#include "reconcile/freezes.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr unsigned kFleet = 10;
constexpr unsigned kPayments = 7;  // the first ones are of this owner

class PausesTest : public Fleet {
 protected:
  static std::vector<DesiredSubscription> fleet(bool plan, unsigned count = kFleet) {
    auto all = all_declared(count, plan);
    for (unsigned n = 1; n <= count; ++n) all[n - 1].owner = n <= kPayments ? "payments" : "search";
    return all;
  }
  void begin(const std::vector<DesiredSubscription>& subscriptions, const Pricing& pricing,
             SafetyRules rules = {}) {
    make(std::move(rules), WritePermit().unless_frozen(freezes_));
    for (const DesiredSubscription& subscription : subscriptions)
      store_.put(subscription.id, pricing);
    use(subscriptions);
    run_for(1min);
  }
  void freeze(std::vector<std::string> owners = {}) {
    freezes_.set_declared({{.reason = "wrong edit", .owners = std::move(owners)}});
  }
  // What was frozen is due when the freeze is over.
  void thaw() {
    freezes_.set_declared({});
    controller_->reconcile_now(std::nullopt);
  }
  [[nodiscard]] std::size_t held() const { return safety_->held(BrakeKind::Disable); }
  [[nodiscard]] std::size_t told(BrakeNotice::Kind kind) const {
    return static_cast<std::size_t>(
        std::count_if(notices_.begin(), notices_.end(),
                      [&](const BrakeNotice& notice) { return notice.kind == kind; }));
  }

  Freezes freezes_{clock_};
};

TEST_F(PausesTest, AFreezeOfOneOwnerReleasesNoneOfTheOthers) {
  begin(fleet(true), standard_plan());
  use(fleet(false));
  run_for(1min);
  ASSERT_EQ(held(), kFleet);
  const std::string code = safety_->confirm_code();

  freeze({"payments"});
  run_for(1h);
  EXPECT_EQ(store_.writes(), 0);
  EXPECT_EQ(held(), kFleet);
  EXPECT_EQ(safety_->confirm_code(), code);
  EXPECT_EQ(last(1).reason, Reason::Frozen);
  EXPECT_EQ(last(kFleet).reason, Reason::DisableBrake);

  confirm(code);
  run_for(1min);
  EXPECT_EQ(on(kFleet), kPayments) << "what is not frozen";
  thaw();
  run_for(1min);
  EXPECT_EQ(on(kFleet), 0U) << "the code holds for each change until it is done";
}

TEST_F(PausesTest, TheEndOfAFreezeReleasesNothing) {
  for (const bool edited_before : {true, false}) {
    begin(fleet(true), standard_plan());
    if (edited_before) use(fleet(false));
    run_for(1min);
    freeze();
    if (!edited_before) use(fleet(false));
    run_for(1h);
    EXPECT_EQ(held(), kFleet);
    thaw();
    run_for(3h);
    EXPECT_EQ(store_.writes(), 0);
    EXPECT_EQ(held(), kFleet);
    EXPECT_EQ(last(1).reason, Reason::DisableBrake);
  }
}

TEST_F(PausesTest, WhatIsWithinTheLimitIsWrittenAfterTheFreeze) {
  begin(fleet(true, 3), standard_plan());
  freeze();
  use(fleet(false, 3));
  run_for(1h);
  EXPECT_EQ(on(3), 3U);
  thaw();
  run_for(1s);
  EXPECT_EQ(on(3), 0U);
}

TEST_F(PausesTest, AConfirmationOutlastsAFreezeThatComesInTheMiddle) {
  begin(fleet(true), standard_plan());
  use(fleet(false));
  run_for(1min);
  confirm(safety_->confirm_code());
  run_for(1min, [&] {
    if (on(kFleet) <= 6) freeze();
  });
  ASSERT_EQ(on(kFleet), 6U);
  run_for(2h);
  thaw();
  run_for(1min);
  EXPECT_EQ(on(kFleet), 0U);
  EXPECT_EQ(safety_->confirm_code(), "");
}

TEST_F(PausesTest, SuspensionsThatEndTogetherAreCountedTogether) {
  for (const unsigned count : {kFleet, 3U}) {
    begin(fleet(true, count), standard_plan());
    auto suspended = fleet(false, count);
    for (auto& subscription : suspended) subscription.suspend = Suspension{clock_.wall_now() + 1h};
    use(suspended);
    run_for(59min);
    EXPECT_EQ(held(), 0U) << "a suspension may last for months";
    run_for(61s);
    EXPECT_EQ(on(count), count > 3 ? count : 0U);
    EXPECT_EQ(held(), count > 3 ? count : 0U);
    run_for(3h);
    EXPECT_EQ(on(count), count > 3 ? count : 0U);
  }
}

// Those that fail cannot be written, and are frozen then.
TEST_F(PausesTest, AFreezeOfThoseThatFailLetsNoRollOutGoOn) {
  SafetyRules rules;
  rules.max_enables_per_sweep.reset();
  rules.rollout = {.subscriptions = 2, .stop_after_failures = 2, .interval = 5min};
  for (const unsigned n : {1U, 2U}) store_.refuse_plan(subscription_id(n), "no");
  begin(fleet(true), free_plan(), rules);
  run_for(1h);
  const unsigned written = on(kFleet);
  ASSERT_NE(safety_->rollout().stopped, "");
  freeze({"payments"});
  run_for(2h);
  EXPECT_NE(safety_->rollout().stopped, "");
  EXPECT_EQ(on(kFleet), written);
}

TEST_F(PausesTest, NothingIsSwitchedOffBeforeTheScopesAreResolved) {
  make();
  for (unsigned n = 1; n <= 4; ++n) store_.put(subscription_id(n), standard_plan());
  safety_->fleet_is_incomplete();
  use(fleet(false, 3));
  run_for(4min);
  EXPECT_EQ(on(4), 4U);
  EXPECT_EQ(last(1).reason, Reason::FleetNotObserved);
  EXPECT_THAT(last(1).message, HasSubstr("waits until the scopes are resolved"));
  EXPECT_THAT(last(1).message, HasSubstr("the brake decides on the known subscriptions after 5m"));
  use(fleet(false, 4));  // what the scopes cover
  safety_->fleet_is_complete();
  run_for(1h);
  EXPECT_EQ(on(4), 4U) << "four are too many";
  EXPECT_EQ(held(), 4U);
  EXPECT_EQ(told(BrakeNotice::Kind::Incomplete), 0U);
}

TEST_F(PausesTest, AListThatIsMissingForEverIsNotWaitedForSoLong) {
  make();
  for (unsigned n = 1; n <= 3; ++n) store_.put(subscription_id(n), standard_plan());
  safety_->fleet_is_incomplete();
  use(fleet(false, 3));
  run_for(Safety::kLongestWaitForScopes - 1s);
  safety_->fleet_is_incomplete();  // another listing has failed
  EXPECT_EQ(on(3), 3U);
  run_for(1s);
  run_for(1s);
  EXPECT_EQ(on(3), 0U);
  ASSERT_EQ(told(BrakeNotice::Kind::Incomplete), 1U);
  EXPECT_THAT(notices_.back().message, HasSubstr("could not be read for 5m"));
  run_for(1h);
  EXPECT_EQ(told(BrakeNotice::Kind::Incomplete), 1U) << "said once";
}

TEST_F(PausesTest, ALaterWaveWaitsForTheScopes) {
  make();
  for (unsigned n = 1; n <= 2; ++n) store_.put(subscription_id(n), free_plan());
  store_.refuse_plan(subscription_id(2), "no");
  auto all = fleet(true, 2);
  all[0].wave = 9;
  safety_->fleet_is_incomplete();
  use({all[0]});
  run_for(1min);
  EXPECT_FALSE(is_on(1));
  EXPECT_EQ(last(1).reason, Reason::WaitsForEarlierWave);
  use(all);
  safety_->fleet_is_complete();
  run_for(1h);
  EXPECT_FALSE(is_on(1));
  EXPECT_THAT(last(1).message, HasSubstr("waits for wave 0"));
}

}  // namespace
}  // namespace defenderd
