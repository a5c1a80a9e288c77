#include "base/heartbeat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <optional>
#include <thread>

#include "support/fake_clock.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

class HeartbeatTest : public testing::Test {
 protected:
  static auto reading(const std::string& thread, Duration silent) {
    return AllOf(Field(&Heartbeats::Reading::thread, thread),
                 Field(&Heartbeats::Reading::silent, silent));
  }
  FakeClock clock_;
  Heartbeats heartbeats_{clock_};
};

TEST_F(HeartbeatTest, ShowsForHowLongAThreadHasNotBeaten) {
  const Heartbeat files(&heartbeats_, "files");
  clock_.advance(7s);
  EXPECT_THAT(heartbeats_.read(), ElementsAre(reading("files", 7s)));
  beat();
  clock_.advance(2s);
  EXPECT_THAT(heartbeats_.read(), ElementsAre(reading("files", 2s)));
}

TEST_F(HeartbeatTest, ShowsThreadsWhileTheyRunInTheOrderOfTheirNames) {
  std::optional<Heartbeat> state(std::in_place, &heartbeats_, "state");
  {
    const Heartbeat files(&heartbeats_, "files");
    EXPECT_THAT(heartbeats_.read(), ElementsAre(reading("files", 0s), reading("state", 0s)));
  }
  clock_.advance(1s);
  beat();  // of "state" again
  EXPECT_THAT(heartbeats_.read(), ElementsAre(reading("state", 0s)));
  state.reset();
  EXPECT_THAT(heartbeats_.read(), IsEmpty());
}

TEST_F(HeartbeatTest, EachThreadBeatsForItself) {
  const Heartbeat mine(&heartbeats_, "mine");
  std::jthread([&] {
    const Heartbeat other(&heartbeats_, "other");
    clock_.advance(5s);
    beat();
    EXPECT_THAT(heartbeats_.read(), ElementsAre(reading("mine", 5s), reading("other", 0s)));
  }).join();
}

TEST_F(HeartbeatTest, AThreadThatNobodyWatchesMayBeat) {
  beat();
  const Heartbeat nobody(nullptr, "nobody");
  beat();
  EXPECT_THAT(heartbeats_.read(), IsEmpty());
}

TEST_F(HeartbeatTest, ASleepBeats) {
  const Heartbeat sleeper(&heartbeats_, "sleeper");
  clock_.advance(1h);
  SystemClock clock;
  EXPECT_TRUE(clock.sleep_until(clock.steady_now() + 1ms, {}));
  EXPECT_THAT(heartbeats_.read(), ElementsAre(reading("sleeper", 0s)));
}

TEST_F(HeartbeatTest, AWaitEndsWithWhatIsWaitedForOrAStop) {
  Mutex mutex;
  std::condition_variable_any changed;
  std::stop_source stop;
  MutexLock lock(mutex);
  EXPECT_TRUE(wait_beating(changed, lock, stop.get_token(), [] { return true; }));
  stop.request_stop();
  EXPECT_FALSE(wait_beating(changed, lock, stop.get_token(), [] { return false; }));
}

}  // namespace
}  // namespace defenderd
