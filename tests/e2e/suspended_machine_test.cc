// A laptop or a virtual machine that was suspended: schedules, tokens and suspensions go by the
// time that has passed.

#include <gmock/gmock.h>

#include <chrono>

#include "base/time_text.h"
#include "e2e/world.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

class SuspendedMachineTest : public World {
 protected:
  std::unique_ptr<DaemonProcess> start() {
    write("slept", "0");
    auto environment = credentials();
    environment["LD_PRELOAD"] = SUSPENDED_CLOCK;
    environment["SUSPENDED_FOR"] = path("slept");
    return std::make_unique<DaemonProcess>(
        std::vector<std::string>{"run", "--config", path("settings.yaml"), "--desired",
                                 path("desired.yaml")},
        environment);
  }
  void sleep_for(std::chrono::seconds span) const { write("slept", std::to_string(span.count())); }
  void switch_off(unsigned n) {
    azure_.update(id(n), [](armsim::Subscription& one) { one.plan.on = false; });
  }
};

TEST_F(SuspendedMachineTest, IsUpToDateSoonAfterItWakes) {
  std::string text = settings();
  const std::string interval = "interval: 30s";
  text.replace(text.find(interval), interval.size(), "interval: 1h");
  write("settings.yaml", text);
  for (unsigned n = 1; n <= 3; ++n) azure_.add(subscription(n, true));
  // The program adds what it slept to the machine's time.
  const auto until = std::chrono::system_clock::now() + 2h;
  write("desired.yaml",
        desired({"id: " + id(1) + ", plan: on", "id: " + id(2) + ", plan: on",
                 "id: " + id(3) + ", plan: off, suspend: {until: " + format_rfc3339(until) + "}"}));
  const auto daemon = start();
  ASSERT_TRUE(daemon->wait_output("first_sweep")) << daemon->output();
  const auto tokens = azure_.counters().tokens;
  EXPECT_EQ(azure_.counters().writes, 0U);
  switch_off(2);
  sleep_for(3h);
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 3"))
      << daemon->output();
  EXPECT_TRUE(azure_.plan(id(2)).on) << "its turn came while the machine slept";
  EXPECT_FALSE(azure_.plan(id(3)).on) << "the suspension ended meanwhile";
  EXPECT_GT(azure_.counters().tokens, tokens) << "the token expired meanwhile";
  EXPECT_EQ(daemon->get("/healthz").status, 200);
  daemon->signal(SIGTERM);
  EXPECT_EQ(daemon->wait_exit(), 0);
}

}  // namespace
}  // namespace defenderd
