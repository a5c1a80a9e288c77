#include "reconcile/request_pacing.h"

#include <gtest/gtest.h>

#include <set>

namespace defenderd {
namespace {

using namespace std::chrono_literals;

const SteadyTime kStart{1h};

TEST(RequestPacingTest, TheFirstRequestIsFollowedAtOnce) {
  RequestPacing pacing;
  EXPECT_EQ(pacing.ask(kStart), kStart);
}

TEST(RequestPacingTest, ALoopIsFollowedLessAndLessOften) {
  RequestPacing pacing;
  std::set<SteadyTime> followed;
  for (Duration at{0}; at < 10min; at += 10ms) {
    if (const auto due = pacing.ask(kStart + at)) followed.insert(*due);
  }
  EXPECT_LE(followed.size(), 26U) << "0, 1, 3, 7, 15, 31, 61 s, and then each half minute";
  EXPECT_GE(followed.size(), 20U);
}

TEST(RequestPacingTest, TheNextRequestAfterALoopWaitsHalfAMinuteAtMost) {
  RequestPacing pacing;
  for (Duration at{0}; at < 10min; at += 100ms) pacing.ask(kStart + at);
  const SteadyTime now = kStart + 10min + 30s;
  const auto due = pacing.ask(now);
  ASSERT_TRUE(due);
  EXPECT_LE(*due, now + 30s);
}

TEST(RequestPacingTest, AfterAQuietMinuteARequestIsAFirstOneAgain) {
  RequestPacing pacing;
  for (Duration at{0}; at < 10s; at += 1s) pacing.ask(kStart + at);
  const SteadyTime later = kStart + 2min;
  EXPECT_EQ(pacing.ask(later), later);
  EXPECT_EQ(pacing.ask(later + 200ms), later + RequestPacing::kFirstGap);
}

}  // namespace
}  // namespace defenderd
