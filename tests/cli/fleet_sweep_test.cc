#include "cli/fleet_sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "support/builders.h"
#include "support/fake_plan_store.h"
#include "support/fleets.h"

namespace defenderd {
namespace {

using testing::IsEmpty;

class FleetSweepTest : public testing::Test {
 protected:
  // So many that Azure does not answer for, as behind a firewall that drops packets.
  void add_unreachable(unsigned count, unsigned first = 1) {
    Failure failure;
    failure.reason = Reason::ConnectionFailed;
    failure.next = NextTry::Soon;
    failure.message = "cannot connect";
    for (unsigned n = first; n < first + count; ++n) {
      fleet_.push_back(declared(n, true));
      store_.fail_reads(subscription_id(n), failure);
    }
  }
  void add_reachable(unsigned n) {
    fleet_.push_back(declared(n, true));
    store_.put(subscription_id(n), standard_plan());
  }
  SweepResult run(Duration patience) {
    FleetSweep::Options options;
    options.plan_only = true;
    options.poll.workers = 2;
    options.poll.retry_min = options.poll.retry_max = std::chrono::milliseconds(1);
    options.patience = patience;
    FleetSweep sweep(store_, clock_, desired_state(fleet_), std::move(options));
    return sweep.run({});
  }

  SystemClock clock_;
  FakePlanStore store_;
  std::vector<DesiredSubscription> fleet_;
};

TEST_F(FleetSweepTest, IsGivenUpWhereNothingOfAzureAnswers) {
  add_unreachable(200);
  const SweepResult result = run(Duration::zero());
  EXPECT_EQ(result.given_up, "cannot connect");
  EXPECT_FALSE(result.stopped);
  EXPECT_GE(store_.reads(), 32);
  EXPECT_LE(store_.reads(), 40) << "the others are not tried";
}

TEST_F(FleetSweepTest, IsNotGivenUpForASmallFleetOrBeforeItsPatienceEnds) {
  add_unreachable(20);
  EXPECT_THAT(run(Duration::zero()).given_up, IsEmpty());
  add_unreachable(200, 21);
  EXPECT_THAT(run(std::chrono::hours(24)).given_up, IsEmpty());
}

TEST_F(FleetSweepTest, IsNotGivenUpWhileOthersAnswer) {
  for (unsigned n = 1; n <= 200; ++n) {
    add_unreachable(1, 2 * n);
    add_reachable(2 * n + 1);
  }
  const SweepResult result = run(Duration::zero());
  EXPECT_THAT(result.given_up, IsEmpty());
  EXPECT_FALSE(result.stopped);
}

TEST_F(FleetSweepTest, WhatFailedBeforeIsNotInSyncAlthoughItIsShown) {
  const std::string scanner = "AIModelScanner";
  fleet_.push_back(declared(1, true, {{scanner, true}}));
  store_.put(subscription_id(1), standard_plan({{scanner, true}}));
  FleetSweep::Options options;
  options.plan_only = true;
  FleetSweep plan(store_, clock_, desired_state(fleet_), options);
  plan.recall({{subscription_id(1), {{.unproven = {{scanner, "no role"}}}}}});
  const SweepResult shown = plan.run({});
  ASSERT_EQ(shown.subscriptions.front().outcome.changes.size(), 1U);
  EXPECT_EQ(shown.subscriptions.front().outcome.changes.front().drift.observed, "unproven");

  store_.fail_extension(subscription_id(1), scanner, "still no role");
  options.plan_only = false;
  options.shown = &shown;
  FleetSweep apply(store_, clock_, desired_state(fleet_), options);
  const SweepResult result = apply.run({});
  EXPECT_EQ(store_.writes(), 1) << "the plan that was shown is written, also without a state";
  EXPECT_EQ(result.subscriptions.front().outcome.reason, Reason::ExtensionFailed);
}

TEST_F(FleetSweepTest, APlanDoesNotReportWhatAnEarlierWriteDid) {
  add_reachable(1);
  FleetSweep::Options options;
  options.plan_only = true;
  FleetSweep plan(store_, clock_, desired_state(fleet_), options);
  Unconfirmed change{.drift = {Field::plan(kDeclaredPlan), true, "off"},
                     .written_at = clock_.steady_now()};
  change.accepted = false;
  plan.recall({{subscription_id(1), {{.unconfirmed = {change}}}}});
  EXPECT_THAT(plan.run({}).subscriptions.front().outcome.changes, IsEmpty());
}

}  // namespace
}  // namespace defenderd
