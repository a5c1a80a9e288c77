// Restarts in a row, beside another client of the same identity: together they stay within the
// budget, and leave ARM hardly anything to refuse.

#include <gtest/gtest.h>

#include <vector>

#include "support/sim_azure.h"
#include "support/sim_fleet.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kFleet = 10'000;
constexpr int kStarts = 5;
constexpr int kSeconds = 24;  // of each: together two minutes
constexpr int kOurs = 20;     // reads a second
constexpr int kOthers = 20;   // of the other client, which uses 80% of the bucket
constexpr armsim::Bucket kBucket{250, 25};

// The daemon, started again and again, with its own client and request budget.
class RestartBudgetTest : public testing::Test {
 protected:
  RestartBudgetTest() {
    for (unsigned n = 1; n <= kFleet; ++n) {
      azure_.add(n, [](armsim::Subscription& it) { it.plan.on = true; });
      declared_.push_back(declared(n, true));
    }
  }
  static SimAzure::Options options() {
    SimAzure::Options options = SimAzure::plain();
    options.rates = {kOurs, 5};
    return options;
  }
  void limit(armsim::Bucket bucket, bool shared) {
    azure_.world().set_behaviour([&](armsim::Behaviour& behaviour) {
      behaviour.read_bucket = bucket;
      behaviour.buckets_shared = shared;
    });
  }
  // A second in which the other client reads at its even pace. Returns how many of its requests
  // were refused.
  std::size_t share_a_second(SimFleet& fleet) {
    std::size_t refused = 0;
    for (int i = 0; i < kOthers; ++i) {
      fleet.run(Duration(1s) / kOthers);
      refused += others_.plans().read({subscription_id(next_), kDeclaredPlan}, {}) ? 0 : 1;
      next_ = next_ % kFleet + 1;
    }
    return refused;
  }

  struct Start {
    std::size_t requests = 0;
    std::size_t refused = 0;
    std::size_t others_refused = 0;
  };
  Start start(bool beside_others) {
    azure_.restart();
    SimFleet fleet(azure_.plans(), clock_, &azure_.throttle());
    fleet.declare(declared_);
    const auto requests = azure_.world().counters().reads;
    Start start;
    if (beside_others) {
      for (int second = 0; second < kSeconds; ++second)
        start.others_refused += share_a_second(fleet);
    } else {
      fleet.run(std::chrono::seconds(kSeconds));
    }
    const int theirs = beside_others ? kOthers * kSeconds : 0;
    start.requests = azure_.world().counters().reads - requests - static_cast<unsigned>(theirs);
    for (const Outcome& outcome : fleet.outcomes()) start.refused += outcome.failure ? 1 : 0;
    return start;
  }

  FakeClock clock_;
  SimAzure azure_{clock_, options()};
  SimClient others_{azure_.world(), clock_, {}};
  unsigned next_ = 1;  // of the other client
  std::vector<DesiredSubscription> declared_;
};

TEST_F(RestartBudgetTest, EachSubscriptionHasItsOwnBucket) {
  // What the other client leaves of each: a fifth.
  limit({kBucket.burst / 5, kBucket.per_second / 5}, false);
  for (int i = 0; i < kStarts; ++i) {
    const Start it = start(false);
    EXPECT_LE(it.requests, static_cast<std::size_t>(kOurs * kSeconds + 1)) << "start " << i;
    EXPECT_GE(it.requests, static_cast<std::size_t>(kOurs * kSeconds * 9 / 10)) << "start " << i;
    EXPECT_EQ(it.refused, 0U) << "start " << i;
  }
}

TEST_F(RestartBudgetTest, OneBucketForAllSubscriptions) {
  limit(kBucket, true);
  const auto left = static_cast<std::size_t>(kBucket.per_second - kOthers) * kSeconds;
  for (int i = 0; i < kStarts; ++i) {
    const Start it = start(true);
    // The first one finds a full bucket.
    const std::size_t full = i == 0 ? static_cast<std::size_t>(kBucket.burst) : 0;
    EXPECT_LE(it.requests, left + full + 10) << "start " << i;
    EXPECT_GE(it.requests, left * 8 / 10) << "start " << i;
    EXPECT_LE(it.refused, 1U) << "start " << i;
    EXPECT_LE(it.others_refused, 1U) << "start " << i;
  }
}

}  // namespace
}  // namespace defenderd
