// A disk that is full, or gone: the fleet is still observed and corrected, a metric that has an
// alert says what is not kept, a stop ends in time, and all is well again with the disk.

#include <gmock/gmock.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <vector>

#include "e2e/world.h"

namespace defenderd {
namespace {

constexpr unsigned kFleet = 10;
constexpr std::chrono::seconds kBound{30};
constexpr std::chrono::seconds kLongestStop{25};

const std::string kJournal = "defenderd_journal_write_errors_total";
const std::string kState = "defenderd_state_write_errors_total";

struct Attack {
  const char* name;
  const char* path;  // a part of it
  int error;
  std::vector<std::string> counts;    // metrics that rise
  bool files_are_unreadable = false;  // those that are followed
};

void PrintTo(const Attack& attack, std::ostream* out) { *out << attack.name; }

class DiskTest : public World {
 protected:
  DiskTest() {
    write("settings.yaml", settings("journal: {file: " + path("journal.jsonl") + "}\n"));
    declare_on(kFleet);
  }
  std::unique_ptr<DaemonProcess> start(const std::map<std::string, std::string>& more,
                                       const Streams& streams = {}) const {
    auto environment = credentials();
    environment.insert(more.begin(), more.end());
    return std::make_unique<DaemonProcess>(
        std::vector<std::string>{"run", "--config", path("settings.yaml"), "--desired",
                                 path("desired.yaml")},
        environment, streams);
  }
  void expect_corrects(const DaemonProcess& daemon, unsigned n) {
    azure_.update(id(n), [](armsim::Subscription& drifted) { drifted.plan.on = false; });
    EXPECT_EQ(daemon.post("/-/reconcile?subscription=" + id(n)).status, 202);
    EXPECT_TRUE(azure_.wait_for([&] { return azure_.plan(id(n)).on; })) << daemon.output();
  }
  static bool wait_rises(const DaemonProcess& daemon, const std::string& counter) {
    return daemon.wait_body(
        "/metrics",
        [&](const std::string& body) {
          return body.find("\n" + counter + " ") != std::string::npos &&
                 body.find("\n" + counter + " 0\n") == std::string::npos;
        },
        kBound);
  }
  static bool wait_in_sync(const DaemonProcess& daemon) {
    return daemon.wait_metric("defenderd_subscriptions{state=\"in_sync\"} " +
                              std::to_string(kFleet));
  }
};

class BrokenDiskTest : public DiskTest, public testing::WithParamInterface<Attack> {};

TEST_P(BrokenDiskTest, CostsTheRecordAndNotTheProtection) {
  const Attack& attack = GetParam();
  const auto daemon = start({{"LD_PRELOAD", BROKEN_DISK},
                             {"BROKEN_PATH", attack.path},
                             {"BROKEN_WHILE", path("broken")},
                             {"BROKEN_ERROR", std::to_string(attack.error)}});
  ASSERT_TRUE(wait_in_sync(*daemon)) << daemon->output();
  std::ofstream(path("broken")) << "x";
  if (attack.files_are_unreadable) {
    EXPECT_NE(daemon->post("/-/reload").status, 0);
    EXPECT_TRUE(daemon->wait_metric("defenderd_config_last_reload_successful 0", kBound))
        << daemon->output();
  }
  expect_corrects(*daemon, 3);
  for (const std::string& counter : attack.counts)
    EXPECT_TRUE(wait_rises(*daemon, counter)) << counter << "\n" << daemon->output();
  EXPECT_EQ(daemon->get("/healthz").status, 200) << "a restart would not help";

  std::filesystem::remove(path("broken"));
  expect_corrects(*daemon, 4);
  if (attack.files_are_unreadable) {
    EXPECT_TRUE(daemon->wait_metric("defenderd_config_last_reload_successful 1"))
        << daemon->output();
  }
  for (const std::string& counter : attack.counts) {
    EXPECT_TRUE(daemon->wait_output(counter == kJournal ? "the journal can be written again"
                                                        : "the state can be saved again"))
        << daemon->output();
  }

  std::ofstream(path("broken")) << "x";
  expect_corrects(*daemon, 5);
  daemon->signal(SIGTERM);
  EXPECT_EQ(daemon->wait_exit(kLongestStop), 0) << daemon->output();
}

INSTANTIATE_TEST_SUITE_P(
    Disks, BrokenDiskTest,
    testing::Values(Attack{"JournalIsFull", "journal.jsonl", ENOSPC, {kJournal}},
                    Attack{"StateIsFull", "state.json", ENOSPC, {kState}},
                    Attack{"AllIsFull", "defenderd-e2e-", ENOSPC, {kJournal, kState}},
                    Attack{"JournalIsGone", "journal.jsonl", EIO, {kJournal}},
                    Attack{"StateIsGone", "state.json", EIO, {kState}},
                    Attack{"DesiredStateIsGone", "desired.yaml", EIO, {}, true},
                    Attack{"AllIsGone", "defenderd-e2e-", EIO, {kJournal, kState}, true}),
    [](const auto& test) { return test.param.name; });

// As `ulimit -f` of a shell or LimitFSIZE= of systemd sets it. A signal says it by default, and
// ends the process.
TEST_F(DiskTest, ALimitOfTheFilesSizeIsNotTheEnd) {
  const auto daemon = start({}, {.launcher = {"/bin/sh", "-c", "ulimit -f 1; exec \"$@\"", "sh"}});
  ASSERT_TRUE(wait_in_sync(*daemon)) << daemon->output();
  for (unsigned n = 1; n <= 5; ++n) expect_corrects(*daemon, n);
  EXPECT_TRUE(wait_rises(*daemon, kJournal)) << daemon->output();
  EXPECT_TRUE(wait_rises(*daemon, kState)) << daemon->output();
  daemon->signal(SIGTERM);
  EXPECT_EQ(daemon->wait_exit(kLongestStop), 0) << daemon->output();
}

}  // namespace
}  // namespace defenderd
