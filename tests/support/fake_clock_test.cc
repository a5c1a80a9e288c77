#include "support/fake_clock.h"

#include <gtest/gtest.h>

#include "base/time_text.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

TEST(FakeClock, StandsStillUntilTold) {
  FakeClock clock;
  EXPECT_EQ(format_rfc3339(clock.wall_now()), "2026-01-01T00:00:00.000Z");
  const SteadyTime start = clock.steady_now();
  EXPECT_EQ(clock.steady_now(), start);

  clock.advance(90s);
  EXPECT_EQ(format_rfc3339(clock.wall_now()), "2026-01-01T00:01:30.000Z");
  EXPECT_EQ(clock.steady_now(), start + 90s);
}

TEST(FakeClock, AdvancesToATimeButNeverBack) {
  FakeClock clock;
  const SteadyTime start = clock.steady_now();
  clock.advance_to(start + 1h);
  EXPECT_EQ(clock.steady_now(), start + 1h);
  clock.advance_to(start);
  EXPECT_EQ(clock.steady_now(), start + 1h);
}

TEST(FakeClock, TheWallClockCanBeSetWithoutTheSteadyOne) {
  FakeClock clock;
  const SteadyTime start = clock.steady_now();
  clock.set_wall_clock(-1h);
  EXPECT_EQ(format_rfc3339(clock.wall_now()), "2025-12-31T23:00:00.000Z");
  clock.set_wall_clock(2h);
  EXPECT_EQ(format_rfc3339(clock.wall_now()), "2026-01-01T01:00:00.000Z");
  EXPECT_EQ(clock.steady_now(), start);
}

TEST(FakeClock, ASleepMovesTimeAndIsRecorded) {
  FakeClock clock;
  const SteadyTime start = clock.steady_now();
  EXPECT_TRUE(clock.sleep_until(start + 5s, {}));
  EXPECT_TRUE(clock.sleep_until(start + 7s, {}));
  EXPECT_EQ(clock.steady_now(), start + 7s);
  EXPECT_EQ(clock.sleeps(), (std::vector<Duration>{5s, 2s}));
}

TEST(FakeClock, ASleepUntilThePastDoesNotMoveTime) {
  FakeClock clock;
  const SteadyTime start = clock.steady_now();
  EXPECT_TRUE(clock.sleep_until(start - 5s, {}));
  EXPECT_EQ(clock.steady_now(), start);
}

TEST(FakeClock, AStopKeepsASleepFromHappening) {
  FakeClock clock;
  const SteadyTime start = clock.steady_now();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(clock.sleep_until(start + 5s, stop.get_token()));
  EXPECT_EQ(clock.steady_now(), start);
  EXPECT_TRUE(clock.sleeps().empty());
}

}  // namespace
}  // namespace defenderd
