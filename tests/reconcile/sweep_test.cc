#include "reconcile/sweep.h"

#include <gtest/gtest.h>

namespace defenderd {
namespace {

constexpr WallTime kNow = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);
constexpr WallTime kLater = kNow + std::chrono::minutes(1);

TEST(SweepTrackerTest, EndsWhenEachWasAttempted) {
  SweepTracker sweep;
  auto one = sweep.join();
  auto two = sweep.join();
  EXPECT_FALSE(sweep.attempted(one, false, kNow));
  EXPECT_FALSE(sweep.attempted(one, false, kNow)) << "twice the same is one";
  EXPECT_EQ(sweep.last_completed(), std::nullopt);
  EXPECT_TRUE(sweep.attempted(two, false, kLater));
  EXPECT_EQ(sweep.last_completed(), kLater);
  EXPECT_EQ(sweep.to_come(), 2U) << "the next sweep has begun";
  EXPECT_FALSE(sweep.attempted(two, false, kLater));
  EXPECT_TRUE(sweep.attempted(one, false, kLater));
}

TEST(SweepTrackerTest, ALateRetryIsNotWaitedFor) {
  SweepTracker sweep;
  auto good = sweep.join();
  auto late = sweep.join();
  EXPECT_FALSE(sweep.attempted(late, true, kNow));
  EXPECT_TRUE(sweep.attempted(good, false, kNow)) << "each was attempted";
  EXPECT_EQ(sweep.to_come(), 1U);
  EXPECT_TRUE(sweep.attempted(good, false, kLater)) << "without the late one";
  EXPECT_FALSE(sweep.attempted(late, false, kLater)) << "it is back";
  EXPECT_TRUE(sweep.attempted(good, false, kLater)) << "this sweep had begun without it";
  EXPECT_EQ(sweep.to_come(), 2U);
  EXPECT_FALSE(sweep.attempted(good, false, kLater));
  EXPECT_TRUE(sweep.attempted(late, true, kLater));
  EXPECT_FALSE(sweep.leave(late, kLater));
  EXPECT_EQ(sweep.to_come(), 1U);
  EXPECT_TRUE(sweep.attempted(good, false, kLater));
}

TEST(SweepTrackerTest, IfAllWaitEachOfTheirAttemptsIsASweep) {
  SweepTracker sweep;
  auto one = sweep.join();
  EXPECT_TRUE(sweep.attempted(one, true, kNow));
  EXPECT_EQ(sweep.to_come(), 0U);
  EXPECT_TRUE(sweep.attempted(one, true, kLater));
  EXPECT_EQ(sweep.last_completed(), kLater);
}

TEST(SweepTrackerTest, WhatLeavesIsNotWaitedFor) {
  SweepTracker sweep;
  auto one = sweep.join();
  const auto two = sweep.join();
  EXPECT_FALSE(sweep.attempted(one, false, kNow));
  EXPECT_TRUE(sweep.leave(two, kLater));
  EXPECT_EQ(sweep.last_completed(), kLater);
  EXPECT_EQ(sweep.declared(), 1U);
  EXPECT_EQ(sweep.to_come(), 1U) << "of the next sweep";
}

TEST(SweepTrackerTest, WhatLeavesAfterItsAttemptChangesNothingForTheOthers) {
  SweepTracker sweep;
  auto one = sweep.join();
  auto two = sweep.join();
  EXPECT_FALSE(sweep.attempted(one, false, kNow));
  EXPECT_FALSE(sweep.leave(one, kNow));
  EXPECT_EQ(sweep.to_come(), 1U);
  EXPECT_TRUE(sweep.attempted(two, false, kLater));
}

TEST(SweepTrackerTest, WhatJoinsIsWaitedFor) {
  SweepTracker sweep;
  auto one = sweep.join();
  EXPECT_TRUE(sweep.attempted(one, false, kNow));
  auto two = sweep.join();
  EXPECT_FALSE(sweep.attempted(one, false, kNow));
  EXPECT_TRUE(sweep.attempted(two, false, kNow));
}

TEST(SweepTrackerTest, NoneIsLeftWhenAllHaveLeft) {
  SweepTracker sweep;
  EXPECT_TRUE(sweep.leave(sweep.join(), kNow));
  EXPECT_EQ(sweep.declared(), 0U);
  EXPECT_EQ(sweep.to_come(), 0U);
  auto later = sweep.join();
  EXPECT_TRUE(sweep.attempted(later, false, kLater));
}

}  // namespace
}  // namespace defenderd
