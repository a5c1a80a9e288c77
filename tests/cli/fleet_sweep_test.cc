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

}  // namespace
}  // namespace defenderd
