// The server itself: TLS, many connections, a quick end, the log, waiting.

#include "armsim/simulator.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "armsim/certificates.h"
#include "armsim/temp_directory.h"
#include "armsim/test_client.h"

namespace armsim {
namespace {

using std::chrono::steady_clock;

TEST(SimulatorTest, ServesHttpsThatVerifies) {
  const TempDirectory directory;
  Simulator simulator;
  ASSERT_TRUE(simulator.start());
  EXPECT_EQ(simulator.base_url().find("https://127.0.0.1:"), 0U);
  TestClient client(simulator);
  client.http().set_ca_cert_path(directory.write("ca.pem", simulator.ca_pem()));
  client.http().enable_server_certificate_verification(true);
  EXPECT_EQ(client.send("GET", "/metadata/endpoints").status, 200);

  TestClient distrusting(simulator);
  EXPECT_FALSE(distrusting.send("GET", "/metadata/endpoints").arrived);
}

TEST(SimulatorTest, TakesCertificatesFromFiles) {
  const TempDirectory directory;
  const auto made = make_server_certificate({"example.test"});
  ASSERT_TRUE(made);
  Options options;
  options.tls = Tls::Files;
  options.tls_cert_file = directory.write("cert.pem", made->certificate_pem);
  options.tls_key_file = directory.write("key.pem", made->key_pem);
  Simulator simulator(options);
  ASSERT_TRUE(simulator.start());
  EXPECT_EQ(simulator.ca_pem(), "");
  TestClient client(simulator);
  client.http().set_ca_cert_path(directory.write("ca.pem", made->ca_pem));
  EXPECT_EQ(client.send("GET", "/metadata/endpoints").status, 200);

  options.tls_key_file = directory.write("other.pem", make_server_certificate({})->key_pem);
  const auto mismatch = Simulator(options).start();
  ASSERT_FALSE(mismatch);
  EXPECT_EQ(mismatch.error().message, "the TLS certificate and key are not PEM or not a pair");
  options.tls_key_file = "/nonexistent/key.pem";
  EXPECT_EQ(Simulator(options).start().error().message, "cannot read /nonexistent/key.pem");
}

TEST(SimulatorTest, RefusesAPortThatIsTaken) {
  Simulator first({.tls = Tls::None});
  ASSERT_TRUE(first.start());
  Simulator second({.port = first.port(), .tls = Tls::None});
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().message.find("cannot listen on 127.0.0.1:"), 0U)
      << started.error().message;
}

TEST(SimulatorTest, EndsAtOnceWithIdleHeldAndDrippingConnections) {
  auto simulator = std::make_unique<Simulator>(Options{.tls = Tls::None});
  ASSERT_TRUE(simulator->start());
  simulator->add({.id = kSub});
  TestClient idle(*simulator);
  idle.log_in();
  ASSERT_EQ(idle.get_plan().status, 200);
  simulator->inject(Fault::held(Operation::Write));
  Fault drip = Fault::of(FaultKind::Drip, Operation::Read);
  drip.delay = std::chrono::hours(1);
  simulator->inject(drip);
  std::vector<std::thread> waiting;
  waiting.emplace_back([&, base = simulator.get()] {
    TestClient client(*base);
    client.log_in();
    client.put_plan(plan_body("Standard"));
  });
  waiting.emplace_back([&, base = simulator.get()] {
    TestClient client(*base);
    client.log_in();
    client.get_plan();
  });
  ASSERT_TRUE(simulator->wait_for(
      [&] { return simulator->held() == 1 && simulator->counters().reads == 2; }));
  const auto start = steady_clock::now();
  simulator->stop();
  for (std::thread& thread : waiting) thread.join();
  // Far below the keep-alive and read timeouts, far above a busy machine's delays.
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(SimulatorTest, StartsAgainAfterAStop) {
  Simulator simulator({.tls = Tls::None});
  ASSERT_TRUE(simulator.start());
  simulator.add({.id = kSub});
  simulator.stop();
  simulator.stop();
  ASSERT_TRUE(simulator.start());
  TestClient client(simulator);
  client.log_in();
  EXPECT_EQ(client.get_plan().status, 200);
}

TEST(SimulatorTest, ServesMoreConnectionsThanAnyPoolHasThreads) {
  Simulator simulator({.tls = Tls::None});
  ASSERT_TRUE(simulator.start());
  simulator.add({.id = kSub});
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 60; ++i) {
    clients.push_back(std::make_unique<TestClient>(simulator));
    clients.back()->log_in();
  }
  for (const auto& client : clients) EXPECT_EQ(client->get_plan().status, 200);
  EXPECT_EQ(simulator.counters().reads, 60U);
}

TEST(SimulatorTest, LogsAndCountsEveryRequest) {
  Simulator simulator({.tls = Tls::None});
  ASSERT_TRUE(simulator.start());
  simulator.add({.id = kSub, .name = "prod"});
  TestClient client(simulator);
  client.log_in();
  client.get_plan();
  client.put_plan(plan_body("Standard"));
  client.get_plan(kOther);
  client.send("GET", "/_control/clock");
  const std::vector<LoggedRequest> log = simulator.requests();
  ASSERT_EQ(log.size(), 4U) << "control is not logged";
  EXPECT_EQ(log[2].sequence, 3U);
  EXPECT_EQ(log[2].operation, Operation::Write);
  EXPECT_EQ(log[2].method, "PUT");
  EXPECT_EQ(log[2].path, "/subscriptions/" + kSub + "/providers/Microsoft.Security/pricings/AI");
  EXPECT_EQ(log[2].api_version, "2024-01-01");
  EXPECT_EQ(log[2].subscription, kSub);
  EXPECT_EQ(log[2].body, plan_body("Standard"));
  EXPECT_EQ(log[2].status, 200);
  EXPECT_EQ(log[2].request_id.size(), 36U);
  EXPECT_TRUE(log[2].carried_out);
  EXPECT_EQ(log[3].arm_code, "SubscriptionNotFound");
  const Counters total = simulator.counters();
  EXPECT_EQ(total.requests, 4U);
  EXPECT_EQ(total.tokens, 1U);
  EXPECT_EQ(total.reads, 2U);
  EXPECT_EQ(total.writes_applied, 1U);
  EXPECT_EQ(total.in_flight, 0);
  EXPECT_EQ(total.by_status, (std::map<int, std::uint64_t>{{200, 3}, {404, 1}}));
  EXPECT_EQ(simulator.counters(kSub).reads, 1U);
  simulator.clear_log();
  EXPECT_TRUE(simulator.requests().empty());
  EXPECT_EQ(simulator.counters().requests, 0U);
  EXPECT_EQ(simulator.counters(kSub).reads, 0U);
}

TEST(SimulatorTest, KeepsTheLogWithinItsLimit) {
  Simulator simulator({.tls = Tls::None, .log_limit = 3});
  ASSERT_TRUE(simulator.start());
  simulator.add({.id = kSub});
  TestClient client(simulator);
  client.log_in();
  for (int i = 0; i < 5; ++i) client.get_plan();
  const auto log = simulator.requests();
  ASSERT_EQ(log.size(), 3U);
  EXPECT_EQ(log.back().sequence, 6U);
  EXPECT_EQ(log.back().status, 200);
  EXPECT_EQ(simulator.counters().requests, 6U);
}

TEST(SimulatorTest, WaitsUntilSomethingIsSo) {
  Simulator simulator({.tls = Tls::None});
  EXPECT_FALSE(simulator.wait_for([] { return false; }, std::chrono::milliseconds(1)));
  std::thread other([&] { simulator.add({.id = kSub}); });
  EXPECT_TRUE(simulator.wait_for([&] { return simulator.snapshot().size() == 1; }));
  other.join();
}

TEST(SimulatorTest, KeepsTheWorldInOrder) {
  Simulator simulator({.tls = Tls::None});
  simulator.add({.id = "6F2B9A52-3F0E-4C83-9A4B-0D9D8C8F3C11"});
  simulator.add({.id = kOther, .plan = {.on = true, .extensions = {{"A", true}}}});
  EXPECT_EQ(simulator.subscription(kSub).tenant, kTenant);
  EXPECT_EQ(simulator.snapshot().front().id, kOther);
  simulator.update(kOther, [](Subscription& subscription) {
    subscription.plan.set("a", false);
    subscription.plan.set("B", true);
  });
  EXPECT_FALSE(simulator.plan(kOther).has_on("A"));
  EXPECT_TRUE(simulator.plan(kOther).has_on("b"));
  simulator.update(kOther, [](Subscription& subscription) { subscription.plan.on = false; });
  EXPECT_TRUE(simulator.plan(kOther).extensions.empty()) << "Free has none";
  simulator.remove(kSub);
  EXPECT_THROW((void)simulator.plan(kSub), std::out_of_range);
}

}  // namespace
}  // namespace armsim
