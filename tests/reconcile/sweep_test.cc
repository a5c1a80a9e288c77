#include "reconcile/sweep.h"

#include <gtest/gtest.h>

#include "support/builders.h"

namespace defenderd {
namespace {

constexpr WallTime kNow = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);
constexpr WallTime kLater = kNow + std::chrono::minutes(1);

SubscriptionId id(unsigned n) { return subscription_id(n); }

TEST(SweepTrackerTest, EndsWhenEachWasAttempted) {
  SweepTracker sweep;
  EXPECT_FALSE(sweep.set_declared({id(1), id(2)}, kNow));
  EXPECT_FALSE(sweep.attempted(id(1), kNow));
  EXPECT_FALSE(sweep.attempted(id(1), kNow)) << "twice the same is one";
  EXPECT_EQ(sweep.last_completed(), std::nullopt);
  EXPECT_TRUE(sweep.attempted(id(2), kLater));
  EXPECT_EQ(sweep.last_completed(), kLater);
  EXPECT_EQ(sweep.to_come(), 2U) << "the next sweep has begun";
}

TEST(SweepTrackerTest, WhatLeavesIsNotWaitedFor) {
  SweepTracker sweep;
  sweep.set_declared({id(1), id(2)}, kNow);
  EXPECT_FALSE(sweep.attempted(id(1), kNow));
  EXPECT_TRUE(sweep.set_declared({id(1)}, kLater));
  EXPECT_EQ(sweep.last_completed(), kLater);
}

TEST(SweepTrackerTest, WhatJoinsIsWaitedFor) {
  SweepTracker sweep;
  sweep.set_declared({id(1)}, kNow);
  EXPECT_FALSE(sweep.set_declared({id(1), id(2)}, kNow));
  EXPECT_FALSE(sweep.attempted(id(1), kNow));
  EXPECT_TRUE(sweep.attempted(id(2), kNow));
}

TEST(SweepTrackerTest, NobodyElseCounts) {
  SweepTracker sweep;
  sweep.set_declared({id(1)}, kNow);
  EXPECT_FALSE(sweep.attempted(id(7), kNow));
  EXPECT_EQ(sweep.declared(), 1U);
}

}  // namespace
}  // namespace defenderd
