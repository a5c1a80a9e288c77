// A tenant that ARM throttles for long, in turns with other failures: its subscriptions wait for
// their turn without being read, and must not stay as they were last seen. If only its writes are
// throttled, everything is still read.

#include <gtest/gtest.h>

#include <vector>

#include "support/sim_azure.h"
#include "support/sim_fleet.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kFleet = 40;

// What ARM answers once the tenant's pause has passed, before it throttles again.
class ThrottledTenantTest : public testing::TestWithParam<int> {};

TEST_P(ThrottledTenantTest, NoSubscriptionStaysAsItWasSeenLast) {
  FakeClock clock;
  SimAzure azure(clock, SimAzure::plain());
  SimFleet fleet(azure.plans(), clock, &azure.throttle());
  std::vector<DesiredSubscription> subscriptions;
  for (unsigned n = 1; n <= kFleet; ++n) {
    azure.add(n, [](armsim::Subscription& it) { it.plan.on = true; });
    subscriptions.push_back(declared(n, true));
  }
  fleet.declare(subscriptions);
  fleet.run(4min);
  for (unsigned n = 1; n <= kFleet; ++n)
    ASSERT_EQ(fleet.last(subscription_id(n)).state, State::InSync) << n;

  for (int turn = 0; turn < 200; ++turn) {
    const int other = GetParam();
    if (other != 0)
      azure.world().inject(armsim::Fault::answer(armsim::Operation::Read, other, "Unavailable"));
    azure.world().inject(armsim::Fault::throttle(armsim::Operation::Read, "300").repeated(3));
  }
  fleet.run(40min);
  for (unsigned n = 1; n <= kFleet; ++n)
    EXPECT_EQ(fleet.last(subscription_id(n)).state, State::Failing) << n;
}

TEST(ThrottledWrites, LeaveReadsAlone) {
  FakeClock clock;
  SimAzure azure(clock, SimAzure::plain());
  SimFleet fleet(azure.plans(), clock, &azure.throttle());
  std::vector<DesiredSubscription> subscriptions;
  for (unsigned n = 1; n <= 10; ++n) {
    azure.add(n, [n](armsim::Subscription& it) { it.plan.on = n > 3; });
    subscriptions.push_back(declared(n, true));
  }
  azure.world().inject(armsim::Fault::throttle(armsim::Operation::Write, "600").repeated(100));
  fleet.declare(subscriptions);
  fleet.run(10s);
  EXPECT_EQ(azure.world().counters().writes, 3U);

  azure.world().update(subscription_id(9).text(),
                       [](armsim::Subscription& it) { it.plan.on = false; });
  fleet.run(8min);
  const Outcome& ninth = fleet.last(subscription_id(9));
  EXPECT_EQ(ninth.state, State::Drifted);
  EXPECT_EQ(ninth.reason, Reason::Throttled);
  EXPECT_EQ(azure.world().counters().writes, 3U) << "ARM asked for ten minutes";

  azure.world().clear_faults();
  fleet.run(10min);
  for (unsigned n = 1; n <= 10; ++n)
    EXPECT_EQ(fleet.last(subscription_id(n)).state, State::InSync) << n;
}

INSTANTIATE_TEST_SUITE_P(InTurns, ThrottledTenantTest, testing::Values(0, 408, 500, 503, 504));

}  // namespace
}  // namespace defenderd
