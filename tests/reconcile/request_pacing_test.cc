#include "reconcile/request_pacing.h"

#include <gtest/gtest.h>

#include <set>

namespace defenderd {
namespace {

using namespace std::chrono_literals;

const SteadyTime kStart{1h};

TEST(RequestPacingTest, AFewRequestsInARowAreFollowedAtOnce) {
  RequestPacing pacing;
  for (int i = 0; i < RequestPacing::kAtOnce; ++i) {
    const SteadyTime now = kStart + i * 1s;
    EXPECT_EQ(pacing.ask(now), now) << i;
  }
  EXPECT_GT(*pacing.ask(kStart + 10s), kStart + 20s);
}

TEST(RequestPacingTest, ALoopIsFollowedOnceInHalfAMinute) {
  RequestPacing pacing;
  std::set<SteadyTime> followed;
  for (Duration at{0}; at < 10min; at += 10ms) {
    if (const auto due = pacing.ask(kStart + at)) followed.insert(*due);
  }
  EXPECT_LE(followed.size(), static_cast<std::size_t>(RequestPacing::kAtOnce + 10min / 30s + 1));
  EXPECT_GE(followed.size(), static_cast<std::size_t>(10min / 30s));
}

TEST(RequestPacingTest, TheNextRequestAfterALoopWaitsHalfAMinuteAtMost) {
  RequestPacing pacing;
  SteadyTime last;
  for (Duration at{0}; at < 10min; at += 100ms) last = pacing.ask(kStart + at).value_or(last);
  EXPECT_LE(last, kStart + 10min + 30s) << "that is when the requests up to now are followed";
}

TEST(RequestPacingTest, AfterARestARequestIsFollowedAtOnce) {
  RequestPacing pacing;
  for (Duration at{0}; at < 20s; at += 1s) pacing.ask(kStart + at);
  EXPECT_EQ(pacing.ask(kStart + 2min), kStart + 2min);
}

}  // namespace
}  // namespace defenderd
