#include "base/clock.h"

#include <gtest/gtest.h>

#include <stop_token>
#include <thread>

namespace defenderd {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(SystemClock, SteadyTimeNeverGoesBack) {
  const SystemClock clock;
  SteadyTime last = clock.steady_now();
  for (int i = 0; i < 1000; ++i) {
    const SteadyTime now = clock.steady_now();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(SystemClock, SleepsUntilTheTimeHasCome) {
  SystemClock clock;
  const SteadyTime when = clock.steady_now() + milliseconds(5);
  EXPECT_TRUE(clock.sleep_until(when, {}));
  EXPECT_GE(clock.steady_now(), when);
}

TEST(SystemClock, ATimeThatIsPastIsNoWait) {
  SystemClock clock;
  EXPECT_TRUE(clock.sleep_until(clock.steady_now() - hours(1), {}));
}

TEST(SystemClock, AStopAskedForBeforeEndsTheSleepAtOnce) {
  SystemClock clock;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(clock.sleep_until(clock.steady_now() + hours(1), stop.get_token()));
}

TEST(SystemClock, AStopWakesASleeper) {
  SystemClock clock;
  bool slept_to_the_end = true;
  {
    std::jthread sleeper([&](const std::stop_token& stop) {
      slept_to_the_end = clock.sleep_until(clock.steady_now() + hours(1), stop);
    });
  }  // asks it to stop and joins: a sleeper that does not wake runs into the test's time limit
  EXPECT_FALSE(slept_to_the_end);
}

}  // namespace
}  // namespace defenderd
