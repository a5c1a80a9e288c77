#include "base/retry_wait.h"

#include <gtest/gtest.h>

namespace defenderd {
namespace {

using std::chrono::seconds;

constexpr SteadyTime kNow = SteadyTime(std::chrono::hours(1));

TEST(RetryWaitTest, APersonEndsItAtMostEvery30Seconds) {
  RetryWait wait;
  wait.set_until(kNow + seconds(100));
  wait.try_again(kNow);
  EXPECT_EQ(wait.until(), kNow);
  wait.set_until(kNow + seconds(200));
  wait.try_again(kNow + seconds(29));
  EXPECT_EQ(wait.until(), kNow + seconds(200));
  wait.try_again(kNow + seconds(30));
  EXPECT_EQ(wait.until(), kNow + seconds(30));
}

TEST(RetryWaitTest, WhatIsOverNeedsNoTry) {
  RetryWait wait;
  wait.set_until(kNow);
  wait.try_again(kNow + seconds(1));
  EXPECT_EQ(wait.until(), kNow);
  wait.set_until(kNow + seconds(100));
  wait.try_again(kNow + seconds(2));
  EXPECT_EQ(wait.until(), kNow + seconds(2)) << "the first call used up no try";
}

}  // namespace
}  // namespace defenderd
