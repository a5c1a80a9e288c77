#include "base/alarm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <vector>

#include "support/eventually.h"

namespace defenderd {
namespace {

using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;

// Sleeps for no time, and remembers until when it was to sleep.
class RecordingClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall_now() const override { return {}; }
  [[nodiscard]] SteadyTime steady_now() const override { return {}; }
  bool sleep_until(SteadyTime when, std::stop_token /*stop*/) override {
    sleeps.push_back(when);
    return true;
  }
  std::vector<SteadyTime> sleeps;
};

constexpr SteadyTime kOne{hours(1)};
constexpr SteadyTime kTwo{hours(2)};

TEST(Alarm, SleepsUntilItsTime) {
  RecordingClock clock;
  Alarm alarm(clock);
  alarm.wait_until(kOne, {});
  alarm.wait_until(kTwo, {});
  EXPECT_THAT(clock.sleeps, ElementsAre(kOne, kTwo));
}

TEST(Alarm, AWakeThatCameBeforeEndsOneWait) {
  RecordingClock clock;
  Alarm alarm(clock);
  alarm.wake();
  alarm.wake();
  alarm.wait_until(kOne, {});
  EXPECT_THAT(clock.sleeps, IsEmpty());
  alarm.wait_until(kTwo, {});
  EXPECT_THAT(clock.sleeps, ElementsAre(kTwo));
}

TEST(Alarm, AWakeThatWasClearedEndsNone) {
  RecordingClock clock;
  Alarm alarm(clock);
  alarm.wake();
  alarm.clear();
  alarm.wait_until(kOne, {});
  EXPECT_THAT(clock.sleeps, ElementsAre(kOne));
}

// In real time.
struct WaitingAlarm : testing::Test {
  SystemClock clock;
  Alarm alarm{clock};
  std::stop_source stop;
  std::future<void> wait = std::async(std::launch::async, [this] {
    alarm.wait_until(clock.steady_now() + hours(1), stop.get_token());
  });
};

TEST_F(WaitingAlarm, EndsWithAWake) {
  alarm.wake();
  EXPECT_TRUE(eventually("a wake ends the wait", wait));
  stop.request_stop();
}

TEST_F(WaitingAlarm, EndsWithAStop) {
  stop.request_stop();
  EXPECT_TRUE(eventually("a stop ends the wait", wait));
}

}  // namespace
}  // namespace defenderd
