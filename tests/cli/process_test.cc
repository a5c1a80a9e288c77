#include "cli/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill is POSIX
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <stop_token>
#include <system_error>
#include <thread>

#include "base/clock.h"
#include "cli/complain.h"
#include "support/other_users.h"

namespace defenderd {
namespace {

constexpr Duration kVeryLong = std::chrono::hours(1);

// In a process of its own each time: signals and descriptors belong to all tests.
class ProcessTest : public testing::Test {
 protected:
  ProcessTest() { testing::GTEST_FLAG(death_test_style) = "threadsafe"; }
};

void wait_for(const std::stop_token& stop) {
  SystemClock clock;
  clock.sleep_until(clock.steady_now() + kVeryLong, stop);
}

TEST_F(ProcessTest, ASignalStopsTheWork) {
  const auto body = [] {
    const SignalSet signals;
    SignalSet::wake();
    run_until_signal(signals, wait_for, {.stopping = "stopping"});
    std::_Exit(0);
  };
  EXPECT_EXIT(body(), testing::ExitedWithCode(0), "defenderd: stopping");
}

TEST_F(ProcessTest, WorkThatEndsByItselfSaysNothing) {
  const auto body = [] {
    const SignalSet signals;
    run_until_signal(signals, [](const std::stop_token&) {}, {.stopping = "stopping"});
    std::_Exit(0);
  };
  EXPECT_EXIT(body(), testing::ExitedWithCode(0), "^$");
}

TEST_F(ProcessTest, WorkThatThrowsEndsLikeAnyOther) {
  const auto body = [] {
    const SignalSet signals;
    try {
      run_until_signal(signals, [](const std::stop_token&) { throw std::runtime_error("boom"); },
                       {.stopping = "stopping"});
    } catch (const std::runtime_error& error) {
      print_error(error.what());
      std::_Exit(2);
    }
  };
  EXPECT_EXIT(body(), testing::ExitedWithCode(2), "^boom\n$");
}

TEST_F(ProcessTest, AStopThatHangsIsCutOffAndSaysWhatHung) {
  const auto body = [] {
    const SignalSet signals;
    StopStage stage("the start");
    const auto work = [&](const std::stop_token& /*stop*/) {
      stage.enter("the file watcher");
      SignalSet::wake();
      wait_for({});
    };
    run_until_signal(signals, work,
                     {.stage = &stage, .longest_stop = std::chrono::milliseconds(100)});
    std::_Exit(0);
  };
  EXPECT_EXIT(body(), testing::ExitedWithCode(kHung),
              "waited 100ms for the file watcher, which hangs; exiting anyway");
}

TEST_F(ProcessTest, AStopRequestThatHangsIsCutOffToo) {
  const auto body = [] {
    const SignalSet signals;
    const auto work = [](const std::stop_token& stop) {
      const std::stop_callback hangs(stop, [] { wait_for({}); });
      SignalSet::wake();
      wait_for({});
    };
    run_until_signal(signals, work, {.longest_stop = std::chrono::milliseconds(100)});
    std::_Exit(0);
  };
  EXPECT_EXIT(body(), testing::ExitedWithCode(kHung),
              "waited 100ms for the work in progress, which hangs");
}

bool no_thread_can_be_started() {
  if (geteuid() == 0 && setuid(65534) != 0) return false;  // no limit holds for root
  const rlimit one{1, 1};
  if (setrlimit(RLIMIT_NPROC, &one) != 0) return false;
  try {
    const std::jthread thread([] {});
    return false;
  } catch (const std::system_error&) {
    return true;
  }
}

TEST_F(ProcessTest, AStopNeedsNoFurtherThread) {
  if (geteuid() == 0 && !can_be_another_user()) GTEST_SKIP() << "no limit holds for root";
  const auto body = [] {
    const SignalSet signals;
    const auto work = [](const std::stop_token& stop) {
      if (!no_thread_can_be_started()) std::_Exit(7);
      SignalSet::wake();
      wait_for(stop);
    };
    run_until_signal(signals, work, {.stopping = "stopping"});
    std::_Exit(0);
  };
  EXPECT_EXIT(body(), testing::ExitedWithCode(0), "defenderd: stopping");
}

TEST_F(ProcessTest, OnceReleasedASignalHasItsUsualEffect) {
  const auto body = [] {
    const SignalSet signals;
    run_until_signal(signals, [](const std::stop_token&) {}, {});
    signals.release();
    kill(getpid(), SIGTERM);
    std::_Exit(0);
  };
  EXPECT_EXIT(body(), testing::KilledBySignal(SIGTERM), "");
}

// The terminal is gone: nobody sees what the command goes on to do.
TEST_F(ProcessTest, SighupStopsWhatCannotReload) {
  const auto body = [] {
    const SignalSet signals;
    kill(getpid(), SIGHUP);
    run_until_signal(signals, wait_for, {.stopping = "stopping"});
    std::_Exit(0);
  };
  EXPECT_EXIT(body(), testing::ExitedWithCode(0), "defenderd: stopping\n");
}

TEST_F(ProcessTest, SighupIsNoStop) {
  const auto body = [] {
    const SignalSet signals;
    std::stop_source reloaded;
    kill(getpid(), SIGHUP);
    run_until_signal(signals, [&](const std::stop_token&) { wait_for(reloaded.get_token()); },
                     {.reload = [&] { reloaded.request_stop(); }});
    std::_Exit(0);
  };
  EXPECT_EXIT(body(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace defenderd
