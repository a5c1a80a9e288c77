// Standard output and standard error that nobody reads, that are full, closed or broken: work
// continues, and a stop ends in time.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): SIGTERM
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>

#include "e2e/world.h"
#include "support/test_pipe.h"

namespace defenderd {
namespace {

using testing::HasSubstr;

// The 20 s that the documents promise, and five for a machine that is busy with other tests.
constexpr std::chrono::seconds kLongestStop{25};
constexpr unsigned kFleet = 400;  // a line for each fits into the queue of the log

double value_of(const std::string& body, const std::string& name) {
  const std::size_t at = ("\n" + body).find("\n" + name + " ");
  if (at == std::string::npos) return -1;
  return std::stod(body.substr(at + name.size() + 1));
}

class StuckOutputTest : public World {
 protected:
  void start(const Streams& streams, const std::string& more = "") {
    std::string settings_text = settings(more);
    const std::string level = "level: info";
    settings_text.replace(settings_text.find(level), level.size(), "level: debug");
    write("settings.yaml", settings_text);
    declare_on(kFleet);
    daemon_ = run({}, streams);
    ASSERT_TRUE(daemon_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} " +
                                     std::to_string(kFleet)));
  }
  // Each drift is found by a request, and corrected.
  void expect_corrects() {
    for (unsigned n = 1; n <= 3; ++n) {
      azure_.update(id(n), [](armsim::Subscription& drifted) { drifted.plan.on = false; });
      ASSERT_EQ(daemon_->post("/-/reconcile?subscription=" + id(n)).status, 202);
      EXPECT_TRUE(azure_.wait_for([&] { return azure_.plan(id(n)).on; })) << "drift " << n;
    }
    EXPECT_EQ(daemon_->get("/healthz").status, 200);
    EXPECT_EQ(daemon_->get("/readyz").status, 200);
  }
  void expect_stops() {
    daemon_->signal(SIGTERM);
    EXPECT_EQ(daemon_->wait_exit(kLongestStop), 0);
  }
  // One exposition serves all who ask within a second.
  double metric(const std::string& name) {
    double value = 0;
    const auto counts = [&](const std::string& text) {
      value = value_of(text, name);
      return value > 0;
    };
    EXPECT_TRUE(daemon_->wait_body("/metrics", counts, std::chrono::seconds(10))) << name;
    return value;
  }

  TestPipe pipe_;
  std::unique_ptr<DaemonProcess> daemon_;
};

TEST_F(StuckOutputTest, AnErrorStreamThatNobodyReads) {
  pipe_.fill();
  start({.error = pipe_.writer()});
  expect_corrects();
  EXPECT_GT(metric("defenderd_log_stalled_seconds"), 0);
  expect_stops();
}

TEST_F(StuckOutputTest, AnErrorStreamThatIsReadAgainHasWhatWasQueued) {
  pipe_.fill();
  start({.error = pipe_.writer()});
  expect_corrects();
  EXPECT_THAT(pipe_.read_until(id(3) + " plan: off -> on"), HasSubstr("started  defenderd "));
  expect_stops();
  EXPECT_THAT(pipe_.read(), HasSubstr("stopped  defenderd has stopped"));
}

// A byte between two drifts, as from a terminal over a bad line.
TEST_F(StuckOutputTest, AnErrorStreamThatIsReadSlowly) {
  pipe_.fill();
  start({.error = pipe_.writer()});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(pipe_.read(1).size(), 1U);
    expect_corrects();
  }
  EXPECT_GT(metric("defenderd_log_stalled_seconds"), 0);
  EXPECT_EQ(pipe_.read(1).size(), 1U);
  expect_stops();
}

TEST_F(StuckOutputTest, AnErrorStreamOnAFullDisk) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  start({.error = full});
  close(full);
  expect_corrects();
  EXPECT_GT(metric("defenderd_log_lines_dropped_total"), kFleet);
  expect_stops();
}

TEST_F(StuckOutputTest, AnErrorStreamWhoseReaderHasGone) {
  pipe_.close_reader();
  start({.error = pipe_.writer()});
  expect_corrects();
  EXPECT_GT(metric("defenderd_log_lines_dropped_total"), kFleet);
  expect_stops();
}

TEST_F(StuckOutputTest, AnErrorStreamThatIsASocketNobodyReads) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const std::string block(1000, '#');
  while (send(ends[0], block.data(), block.size(), MSG_DONTWAIT) > 0) {
  }
  start({.error = ends[0]});
  expect_corrects();
  EXPECT_GT(metric("defenderd_log_stalled_seconds"), 0);
  expect_stops();
  close(ends[0]);
  close(ends[1]);
}

TEST_F(StuckOutputTest, AJournalThatNobodyReads) {
  pipe_.fill();
  start({.output = pipe_.writer()}, "journal: {file: '-'}\n");
  expect_corrects();
  EXPECT_GT(metric("defenderd_journal_write_errors_total"), 0);
  EXPECT_THAT(daemon_->output(), HasSubstr("nobody reads it"));
  const std::string applied = "\"result\":\"applied\",\"subscription_id\":\"" + id(1);
  EXPECT_THAT(pipe_.read_until(applied), HasSubstr(applied));
  expect_stops();
}

TEST_F(StuckOutputTest, LogAndJournalInOnePipeThatNobodyReads) {
  pipe_.fill();
  start({.output = pipe_.writer(), .error = pipe_.writer()}, "journal: {file: '-'}\n");
  expect_corrects();
  EXPECT_GT(metric("defenderd_journal_write_errors_total"), 0);
  EXPECT_GT(metric("defenderd_log_stalled_seconds"), 0);
  expect_stops();
}

TEST_F(StuckOutputTest, AJournalOnAFullDisk) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  start({.output = full}, "journal: {file: '-'}\n");
  close(full);
  expect_corrects();
  EXPECT_GT(metric("defenderd_journal_write_errors_total"), 0);
  expect_stops();
}

TEST_F(StuckOutputTest, ClosedStreamsAreNoConnectionOfSomebodyElse) {
  start({Streams::kClosed, Streams::kClosed, Streams::kClosed}, "journal: {file: '-'}\n");
  expect_corrects();
  const std::string folder = "/proc/" + std::to_string(daemon_->pid()) + "/fd/";
  for (const char* const number : {"0", "1", "2"}) {
    EXPECT_EQ(std::filesystem::read_symlink(folder + number), "/dev/null") << number;
  }
  expect_stops();
}

TEST_F(StuckOutputTest, ABadStartIsToldToNobodyAndEnds) {
  pipe_.fill();
  write("settings.yaml", "nonsense");
  write("desired.yaml", "nonsense");
  daemon_ = run({}, {.error = pipe_.writer()});
  EXPECT_EQ(daemon_->wait_exit(kLongestStop), 2);
}

// A command hangs in its output; the stop still ends it.
TEST_F(StuckOutputTest, AnApplyThatPrintsToNobody) {
  pipe_.fill();
  azure_.add(subscription(1, false));
  write("desired.yaml", desired({"id: " + id(1) + ", plan: on"}));
  DaemonProcess apply({"apply", "--yes", "-o", "json", "--config", path("settings.yaml"),
                       "--desired", path("desired.yaml")},
                      credentials(), {.output = pipe_.writer()});
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.plan(id(1)).on; }));
  apply.signal(SIGTERM);
  EXPECT_EQ(apply.wait_exit(kLongestStop), 3) << apply.output();
}

// A limit is inherited.
class DescriptorsTest : public World {
 protected:
  DescriptorsTest() {
    getrlimit(RLIMIT_NOFILE, &before_);
    azure_.add(subscription(1, true));
    write("desired.yaml", desired({"id: " + id(1) + ", plan: on"}));
  }
  ~DescriptorsTest() override { setrlimit(RLIMIT_NOFILE, &before_); }

  rlimit before_{};
};

TEST_F(DescriptorsTest, TheSoftLimitIsRaised) {
  ASSERT_GE(before_.rlim_max, 2048U);
  const rlimit low{256, before_.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_get("/metrics", "process_max_fds ")) << daemon->output();
  EXPECT_GE(value_of(daemon->get("/metrics").body, "process_max_fds"), 2048);
}

TEST_F(DescriptorsTest, ALowHardLimitIsTold) {
  DaemonProcess daemon(
      {"run", "--config", path("settings.yaml"), "--desired", path("desired.yaml")}, credentials(),
      {.hard_descriptors = 128});
  EXPECT_TRUE(daemon.wait_output("may open only 128 files and connections at once"))
      << daemon.output();
}

}  // namespace
}  // namespace defenderd
