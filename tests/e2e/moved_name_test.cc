// Addresses and connections that work no longer, without a word: the fleet is observed again within
// a bound.

#include <gmock/gmock.h>

#include <csignal>
#include <fstream>

#include "e2e/world.h"
#include "support/tcp_relay.h"

namespace defenderd {
namespace {

constexpr unsigned kFleet = 30;
constexpr std::chrono::seconds kLongestStop{25};

class MovedNameTest : public World {
 protected:
  MovedNameTest() {
    declare_on(kFleet);
    std::string text = settings();
    replace_all(text, "  budget:", "  timeouts: {connect: 1s, request: 2s}\n  budget:");
    replace_all(text, azure_.base_url(), "https://localhost:" + std::to_string(relay_.port()));
    write("settings.yaml", text);
  }
  std::unique_ptr<DaemonProcess> start() const {
    std::ofstream(path("address")) << "127.0.0.1";
    auto environment = credentials();
    environment["LD_PRELOAD"] = MOVED_NAME;
    environment["MOVED_TO"] = path("address");
    auto daemon = std::make_unique<DaemonProcess>(
        std::vector<std::string>{"run", "--config", path("settings.yaml"), "--desired",
                                 path("desired.yaml")},
        environment);
    EXPECT_TRUE(
        daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} " + std::to_string(kFleet)))
        << daemon->output();
    return daemon;
  }
  void expect_observed(const DaemonProcess& daemon) {
    azure_.update(id(7), [](armsim::Subscription& drifted) { drifted.plan.on = false; });
    EXPECT_EQ(daemon.post("/-/reconcile").status, 202);
    EXPECT_TRUE(azure_.wait_for([&] { return azure_.plan(id(7)).on; })) << daemon.output();
    EXPECT_TRUE(
        daemon.wait_metric("defenderd_subscriptions{state=\"in_sync\"} " + std::to_string(kFleet)))
        << daemon.output();
    EXPECT_EQ(daemon.get("/healthz").status, 200);
  }
  static void expect_stops(DaemonProcess& daemon) {
    daemon.signal(SIGTERM);
    EXPECT_EQ(daemon.wait_exit(kLongestStop), 0) << daemon.output();
  }

  TcpRelay relay_{azure_.port(), "0.0.0.0"};
};

TEST_F(MovedNameTest, TheOldAddressFallsSilent) {
  const auto daemon = start();
  std::ofstream(path("address")) << "127.0.0.2";
  relay_.silence("127.0.0.1");
  expect_observed(*daemon);
  expect_stops(*daemon);
}

// Names that lead nowhere for a while are reported, and work is taken up when they are right.
TEST_F(MovedNameTest, TheNewAddressFallsSilentToo) {
  const auto daemon = start();
  std::ofstream(path("address")) << "127.0.0.2";
  relay_.silence("127.0.0.1");
  relay_.silence("127.0.0.2");
  EXPECT_EQ(daemon->post("/-/reconcile").status, 202);
  EXPECT_TRUE(daemon->wait_body("/metrics", [](const std::string& body) {
    return body.find("defenderd_incident_active{reason=\"Timeout\"} 1") != std::string::npos ||
           body.find("defenderd_incident_active{reason=\"ConnectionFailed\"} 1") !=
               std::string::npos;
  })) << daemon->output();
  EXPECT_EQ(daemon->get("/healthz").status, 200);
  std::ofstream(path("address")) << "127.0.0.3";
  expect_observed(*daemon);
  expect_stops(*daemon);
}

TEST_F(MovedNameTest, EstablishedConnectionsAreDroppedSilently) {
  const auto daemon = start();
  relay_.swallow_current();
  expect_observed(*daemon);
  expect_stops(*daemon);
}

}  // namespace
}  // namespace defenderd
