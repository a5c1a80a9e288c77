// The program under a service manager: what it says on NOTIFY_SOCKET, and when.

#include <gmock/gmock.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): SIGTERM

#include <cerrno>
#include <memory>

#include "e2e/frozen_thread.h"
#include "e2e/world.h"
#include "support/notify_receiver.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::Optional;

// A minute without a beat, a request of one second, the 20 s between two beats, and the test's own
// patience.
constexpr std::chrono::seconds kNoticed{100};

class ServiceManagerTest : public World {
 protected:
  ServiceManagerTest() {
    azure_.add(subscription(1, true));
    std::string text = settings("");
    const std::string budget = "  budget:";
    text.insert(text.find(budget), "  timeouts: {connect: 1s, request: 1s}\n");
    write("settings.yaml", text);
    write("desired.yaml", desired({"id: " + id(1) + ", plan: on"}));
  }
  std::unique_ptr<DaemonProcess> start() {
    auto environment = credentials();
    environment["NOTIFY_SOCKET"] = path("notify");
    environment["WATCHDOG_USEC"] = "200000";
    return std::make_unique<DaemonProcess>(
        std::vector<std::string>{"run", "--config", path("settings.yaml"), "--desired",
                                 path("desired.yaml")},
        std::move(environment));
  }

  NotifyReceiver manager_{path("notify")};
};

TEST_F(ServiceManagerTest, IsReadyWhenItListensAndDoesNotWaitForTheFirstSweep) {
  azure_.inject(armsim::Fault::held(armsim::Operation::Read));
  const auto daemon = start();
  EXPECT_THAT(manager_.next(),
              Optional(AllOf(HasSubstr("READY=1\n"), HasSubstr("STATUS=the first sweep is in"))))
      << daemon->output();
  EXPECT_EQ(daemon->get("/healthz").status, 200);
  EXPECT_EQ(daemon->get("/readyz").status, 503);
  EXPECT_TRUE(manager_.wait_for("WATCHDOG=1\n")) << "it is healthy";
  azure_.release_held();
  EXPECT_TRUE(manager_.wait_for("STATUS=keeps 1 subscription as declared\n")) << daemon->output();
}

TEST_F(ServiceManagerTest, ReloadsAndStops) {
  const auto daemon = start();
  ASSERT_TRUE(manager_.wait_for("READY=1\n")) << daemon->output();
  daemon->signal(SIGHUP);
  EXPECT_THAT(manager_.wait_for("RELOADING=1\n"), Optional(HasSubstr("\nMONOTONIC_USEC=")));
  EXPECT_TRUE(manager_.wait_for("READY=1\n")) << daemon->output();
  write("desired.yaml", desired({"id: " + id(1) + ", plan: of"}));
  EXPECT_THAT(manager_.wait_for("STATUS=an edit"), Optional(HasSubstr("desired.yaml:5:")));
  daemon->signal(SIGTERM);
  EXPECT_TRUE(manager_.wait_for("STOPPING=1\n")) << daemon->output();
  EXPECT_EQ(daemon->wait_exit(), 0) << daemon->output();
}

TEST_F(ServiceManagerTest, IsNeverReadyIfItCannotStart) {
  write("desired.yaml", "subscriptions: 7\n");
  const auto daemon = start();
  EXPECT_EQ(daemon->wait_exit(), 2);
  EXPECT_FALSE(manager_.wait_for("READY=1", std::chrono::milliseconds(1)));
}

TEST_F(ServiceManagerTest, AHungThreadStopsTheWatchdog) {
  const auto daemon = start();
  ASSERT_TRUE(manager_.wait_for("READY=1\n")) << daemon->output();
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 1"));
  const auto thread = thread_of(daemon->pid(), "reconcile-7");
  ASSERT_TRUE(thread);
  {
    const Frozen frozen(*thread);
    if (!frozen.frozen() && errno == EPERM) GTEST_SKIP() << "ptrace is not allowed here";
    ASSERT_TRUE(frozen.frozen());
    EXPECT_THAT(
        manager_.wait_for("STATUS=not healthy: the thread reconcile-7 has made no", kNoticed),
        Optional(Not(HasSubstr("WATCHDOG=1"))));
    // Five times the time that the watchdog grants.
    EXPECT_FALSE(manager_.wait_for("WATCHDOG=1", std::chrono::seconds(1)));
    EXPECT_EQ(daemon->get("/healthz").status, 503);
  }
  EXPECT_TRUE(manager_.wait_for("WATCHDOG=1")) << "it works again";
}

}  // namespace
}  // namespace defenderd
