#include "identity/subprocess.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX
#include <unistd.h>

#include <csignal>
#include <thread>

#include "base/text.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Subprocess shell(const std::string& script) { return {"/bin/sh", {"-c", script}}; }

SubprocessExit ended(const Subprocess& subprocess) {
  auto exit = run_subprocess(subprocess, {});
  EXPECT_TRUE(exit) << (exit ? "" : exit.error().message);
  return exit ? *std::move(exit) : SubprocessExit();
}

std::string error_of(const Subprocess& subprocess, const std::stop_token& stop = {}) {
  const auto exit = run_subprocess(subprocess, stop);
  return exit ? "ended with " + std::to_string(exit->code) : exit.error().message;
}

TEST(SubprocessTest, GivesCodeOutputAndComplaintsApart) {
  const SubprocessExit exit = ended(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(exit.code, 3);
  EXPECT_EQ(exit.output.reveal(), "out\n");
  EXPECT_EQ(exit.complaints, "err\n");
}

TEST(SubprocessTest, ASignalIsACode) { EXPECT_EQ(ended(shell("kill -9 $$")).code, 128 + 9); }

TEST(SubprocessTest, ArgumentsAreNotReadByAShell) {
  const SubprocessExit exit = ended({"/bin/echo", {"$(id)", "; exit 1", "a  b"}});
  EXPECT_EQ(exit.output.reveal(), "$(id) ; exit 1 a  b\n");
}

TEST(SubprocessTest, PassesOnTheGivenVariablesAlone) {
  Subprocess env{"/usr/bin/env"};
  env.environment = {"HOME=/home/keeper", "PATH=/bin"};
  EXPECT_EQ(ended(env).output.reveal(), "HOME=/home/keeper\nPATH=/bin\n");
}

TEST(SubprocessTest, HasNoInput) { EXPECT_EQ(ended(shell("cat")).output.reveal(), ""); }

// Also none that the test program itself was left with by who started it.
TEST(SubprocessTest, InheritsNoOpenFile) {
  const int low = ::dup(STDERR_FILENO);  // without close-on-exec
  const int high = ::fcntl(STDERR_FILENO, F_DUPFD, 200);
  ASSERT_GT(low, STDERR_FILENO);
  ASSERT_GE(high, 200);
  // A program that lists its own would list the list: it asks for each, which opens nothing.
  const std::string still_open =
      "for n in $(seq 3 250); do if [ -e /proc/$$/fd/$n ]; then echo $n; fi; done";
  EXPECT_EQ(ended(shell(still_open)).output.reveal(), "");
  EXPECT_EQ(ended(shell("exec 9</dev/null; " + still_open)).output.reveal(), "9\n");
  ::close(low);
  ::close(high);
}

TEST(SubprocessTest, CanBeEndedByTheSignalsThatWeBlockOrIgnore) {
  const auto pipe_before = std::signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(ended(shell("kill -PIPE $$; echo alive")).code, 128 + SIGPIPE);
  std::signal(SIGPIPE, pipe_before);
}

// Who starts defenderd may ignore SIGCHLD, which survives exec: then no status of a child is kept.
TEST(SubprocessTest, EndsAlsoWhereTheEndOfChildrenIsIgnored) {
  const auto child_before = std::signal(SIGCHLD, SIG_IGN);
  const SubprocessExit exit = ended({"/bin/grep", {"SigIgn", "/proc/self/status"}});
  std::signal(SIGCHLD, child_before);
  const std::string& line = exit.output.reveal();
  ASSERT_TRUE(line.starts_with("SigIgn:")) << line;
  EXPECT_EQ(std::stoull(line.substr(7), nullptr, 16) >> (SIGCHLD - 1U) & 1U, 0U)
      << "the program itself ignores nothing: " << line;
}

TEST(SubprocessTest, AProgramThatDoesNotEndIsKilledWithAllThatItStarted) {
  Subprocess slow = shell("echo $$; sleep 1000 & sleep 1000");
  slow.timeout = 300ms;
  EXPECT_THAT(error_of(slow), HasSubstr("did not end in time"));
}

TEST(SubprocessTest, WhoClosesItsPipesIsWaitedForAllTheSame) {
  EXPECT_EQ(ended(shell("exec >&- 2>&-; sleep 0.2; exit 5")).code, 5);
}

TEST(SubprocessTest, WhatItLeavesBehindIsNotWaitedFor) {
  const SystemClock clock;
  const SteadyTime start = clock.steady_now();
  EXPECT_EQ(ended(shell("sleep 20 & echo done")).output.reveal(), "done\n");
  EXPECT_LT(clock.steady_now() - start, 15s);
}

TEST(SubprocessTest, TooMuchOutputEndsIt) {
  Subprocess loud{"/usr/bin/yes"};
  loud.max_output = 10'000;
  EXPECT_THAT(error_of(loud), HasSubstr("printed more than expected"));
}

TEST(SubprocessTest, TooManyComplaintsAreCut) {
  Subprocess loud = shell("head -c 50000 /dev/zero | tr '\\0' x >&2; exit 1");
  loud.environment = {"PATH=/usr/bin:/bin"};
  loud.max_output = 10'000;
  const SubprocessExit exit = ended(loud);
  EXPECT_EQ(exit.code, 1);
  EXPECT_EQ(exit.complaints, std::string(10'000, 'x'));
}

TEST(SubprocessTest, EndsWhenToldToStop) {
  std::stop_source stopping;
  const std::jthread stopper([&] { stopping.request_stop(); });
  EXPECT_THAT(error_of(shell("sleep 1000"), stopping.get_token()), HasSubstr("was stopped"));
}

TEST(SubprocessTest, WhatCannotBeStartedIsNamed) {
  EXPECT_THAT(error_of({"/nonexistent/az"}),
              testing::AllOf(HasSubstr("cannot start /nonexistent/az"), HasSubstr("No such file")));
}

}  // namespace
}  // namespace defenderd
