// The log as programs use it: a thread writes it to a stream that may take no lines.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/eventually.h"
#include "support/fake_clock.h"
#include "support/test_pipe.h"
#include "telemetry/log.h"

namespace defenderd {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

constexpr Duration kLong = std::chrono::minutes(1);

class LogOutletTest : public testing::Test {
 protected:
  LogOutletTest() { std::signal(SIGPIPE, SIG_IGN); }

  std::unique_ptr<Logger> make(int descriptor) {
    return std::make_unique<Logger>(LogLevel::Info, LogFormat::Text, clock_,
                                    std::make_shared<Outlet>(descriptor));
  }
  static void log(Logger& logger, int first, int last) {
    for (int n = first; n <= last; ++n) {
      logger.log(LogLevel::Info, log_event::kBug, "line " + std::to_string(n) + ".");
    }
  }
  // Waits until the writer's thread has found no room, which its stalled time shows.
  void wait_until_stalled(const Logger& logger) {
    EXPECT_TRUE(eventually("the writer finds no room", [&] {
      clock_.advance(std::chrono::seconds(1));
      return logger.stats().stalled > Duration::zero();
    }));
  }

  FakeClock clock_;
  TestPipe pipe_;
};

TEST_F(LogOutletTest, WritesEachLineInOrderAndDropsNone) {
  constexpr int kLines = 20'000;
  constexpr int kBatch = 500;  // fits into the queue
  static_assert(kBatch < static_cast<int>(kLogQueue));
  std::string text;
  std::jthread reader;
  {
    const auto logger = make(pipe_.writer());
    reader = std::jthread([&] { text = pipe_.read_until("line 20000."); });
    for (int n = 1; n <= kLines; n += kBatch) {
      log(*logger, n, n + kBatch - 1);
      ASSERT_TRUE(logger->flush(kLong));
    }
    EXPECT_EQ(logger->stats().dropped, 0U);
  }
  reader.join();
  std::size_t at = 0;
  for (int n = 1; n <= kLines; ++n) {
    const std::size_t found = text.find("line " + std::to_string(n) + ".", at);
    ASSERT_NE(found, std::string::npos) << n;
    at = found;
  }
}

TEST_F(LogOutletTest, ALineHasTheTimeOfItsEventNotOfItsWriting) {
  pipe_.fill();
  const auto logger = make(pipe_.writer());
  log(*logger, 1, 1);
  clock_.advance(std::chrono::hours(1));
  EXPECT_THAT(pipe_.read_until("line 1."), HasSubstr("#2026-01-01T00:00:00.000Z INFO  bug"));
}

TEST_F(LogOutletTest, APipeThatNobodyReadsHoldsNothingUp) {
  pipe_.fill();
  const auto logger = make(pipe_.writer());
  log(*logger, 1, 1);
  wait_until_stalled(*logger);
  constexpr int kMany = 100'000;
  log(*logger, 2, kMany);  // would never return
  EXPECT_EQ(logger->stats().dropped, kMany - 1 - kLogQueue);
  clock_.advance(std::chrono::minutes(5));
  EXPECT_GE(logger->stats().stalled, std::chrono::minutes(5));
}

TEST_F(LogOutletTest, TheOldestAreDroppedAndALineSaysHowMany) {
  pipe_.fill();
  const auto logger = make(pipe_.writer());
  log(*logger, 1, 1);
  wait_until_stalled(*logger);
  const int last = 11 + static_cast<int>(kLogQueue);
  log(*logger, 2, last);
  const std::string end = "line " + std::to_string(last) + ".";
  const std::string text = pipe_.read_until(end);
  EXPECT_THAT(text, HasSubstr("Z WARN  log_dropped  10 lines of the log before this one "));
  EXPECT_LT(text.find("line 1."), text.find("log_dropped"));
  EXPECT_LT(text.find("log_dropped"), text.find("line 12."));
  EXPECT_THAT(text, Not(HasSubstr("line 11.")));
  ASSERT_TRUE(logger->flush(kLong));
  EXPECT_EQ(logger->stats().dropped, 10U);
  EXPECT_EQ(logger->stats().stalled, Duration::zero());
  log(*logger, 9999, 9999);
  EXPECT_THAT(pipe_.read_until("line 9999."), Not(HasSubstr("log_dropped"))) << "once";
}

TEST_F(LogOutletTest, LinesThatCannotBeWrittenCountAsDropped) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  {
    const auto logger = make(full);
    log(*logger, 1, 3);
    EXPECT_TRUE(logger->flush(kLong));
    EXPECT_EQ(logger->stats().dropped, 3U);
  }
  close(full);
  const auto logger = make(pipe_.writer());
  pipe_.close_reader();
  log(*logger, 1, 3);
  EXPECT_TRUE(logger->flush(kLong));
  EXPECT_EQ(logger->stats().dropped, 3U);
}

TEST_F(LogOutletTest, AtItsEndItWritesWhatIsWaiting) {
  {
    const auto logger = make(pipe_.writer());
    log(*logger, 1, 20);
  }
  EXPECT_THAT(pipe_.read(), EndsWith("line 20.\n"));
}

TEST_F(LogOutletTest, ItsEndWaitsForNobody) {
  pipe_.fill();
  auto logger = make(pipe_.writer());
  log(*logger, 1, 2 * static_cast<int>(kLogQueue));
  const SystemClock clock;
  const SteadyTime start = clock.steady_now();
  logger.reset();
  EXPECT_LT(clock.steady_now() - start, kLogFarewell + std::chrono::seconds(5));
}

}  // namespace
}  // namespace defenderd
