#include "telemetry/outlet.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "support/test_pipe.h"

namespace defenderd {
namespace {

constexpr Duration kAtOnce = Duration::zero();
constexpr Duration kLong = std::chrono::minutes(1);
constexpr Duration kShort = std::chrono::milliseconds(50);

class OutletTest : public testing::Test {
 protected:
  OutletTest() { std::signal(SIGPIPE, SIG_IGN); }

  TestPipe pipe_;
};

TEST_F(OutletTest, WritesLines) {
  Outlet outlet(pipe_.writer());
  EXPECT_FALSE(outlet.write("one\n", kAtOnce));
  EXPECT_FALSE(outlet.write("two\nthree\n", kAtOnce));
  EXPECT_EQ(pipe_.read(), "one\ntwo\nthree\n");
}

TEST_F(OutletTest, AFullPipeTakesNothingAndIsGivenUpInTime) {
  pipe_.fill();
  Outlet outlet(pipe_.writer());
  EXPECT_EQ(outlet.write("one\n", kAtOnce), std::errc::timed_out);
  EXPECT_EQ(outlet.write("two\n", kShort), std::errc::timed_out);
  pipe_.read();
  EXPECT_FALSE(outlet.write("three\n", kAtOnce));
  EXPECT_EQ(pipe_.read(), "three\n") << "what was refused comes never";
}

TEST_F(OutletTest, WaitsForAReader) {
  pipe_.fill();
  Outlet outlet(pipe_.writer());
  std::jthread writer([&] { EXPECT_FALSE(outlet.write("late\n", kLong)); });
  EXPECT_TRUE(pipe_.read_until("late\n").ends_with("#late\n"));
}

TEST_F(OutletTest, LeavesTheModeOfTheStreamAlone) {
  Outlet outlet(pipe_.writer());
  pipe_.fill();
  EXPECT_TRUE(outlet.write("x\n", kAtOnce));
  EXPECT_EQ(fcntl(pipe_.writer(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(OutletTest, ALongLineIsNotTornByAnother) {
  Outlet outlet(pipe_.writer());
  const std::string large = std::string(3 * pipe_.capacity(), 'L') + "\n";
  EXPECT_FALSE(outlet.write(large, kAtOnce)) << "it is taken, though it does not fit";
  EXPECT_EQ(outlet.write("small\n", kAtOnce), std::errc::timed_out);
  std::jthread writer([&] { EXPECT_FALSE(outlet.write("small\n", kLong)); });
  EXPECT_EQ(pipe_.read_until("small\n"), large + "small\n");
}

TEST_F(OutletTest, LinesOfThreadsDoNotMixHoweverLongTheyAre) {
  Outlet outlet(pipe_.writer());
  constexpr std::ptrdiff_t kThreads = 4;
  constexpr std::ptrdiff_t kLines = 50;
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const std::string line =
          std::string(t % 2 == 0 ? 10 : 2 * pipe_.capacity(), static_cast<char>('a' + t)) + "\n";
      for (int i = 0; i < kLines; ++i) EXPECT_FALSE(outlet.write(line, kLong));
    });
  }
  std::string text;
  while (std::count(text.begin(), text.end(), '\n') < kThreads * kLines) {
    const std::string more = pipe_.read_until("\n");
    ASSERT_FALSE(more.empty());
    text += more;
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    ASSERT_EQ(text.find_first_not_of(text[at], at), end);
    at = end + 1;
  }
}

TEST_F(OutletTest, AReaderThatHasGoneIsAnError) {
  Outlet outlet(pipe_.writer());
  pipe_.close_reader();
  EXPECT_EQ(outlet.write("x\n", kLong), std::errc::broken_pipe);
}

TEST_F(OutletTest, AFullDiskIsAnError) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  EXPECT_EQ(Outlet(full).write("x\n", kLong), std::errc::no_space_on_device);
  close(full);
}

TEST_F(OutletTest, AClosedDescriptorIsAnError) {
  constexpr int kNone = 1000;
  EXPECT_EQ(Outlet(kNone).write("x\n", kShort), std::errc::bad_file_descriptor);
}

TEST_F(OutletTest, ASocketThatNobodyReadsIsGivenUpInTime) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  Outlet outlet(ends[0]);
  const std::string line = std::string(1000, 'x') + "\n";
  std::error_code error;
  for (int i = 0; i < 10'000 && !error; ++i) error = outlet.write(line, kAtOnce);
  EXPECT_EQ(error, std::errc::timed_out);
  EXPECT_EQ(outlet.write(line, kShort), std::errc::timed_out);
  EXPECT_EQ(fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(OutletTest, TwoNamesOfOnePipeAreTheSame) {
  const int second = dup(pipe_.writer());
  const Outlet outlet(pipe_.writer());
  EXPECT_TRUE(outlet.is_same_as(Outlet(second)));
  const TestPipe other;
  EXPECT_FALSE(outlet.is_same_as(Outlet(other.writer())));
  close(second);
}

}  // namespace
}  // namespace defenderd
