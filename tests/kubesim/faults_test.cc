// Faults: what the client sees, and what has happened to the objects.

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "kubesim/test_client.h"

namespace kubesim {
namespace {

class FaultsTest : public testing::Test {
 protected:
  FaultsTest() { cluster.set_lease(kNs, kName, {.holder = "a", .duration_seconds = 15}); }

  nlohmann::json held_by(const std::string& holder) {
    nlohmann::json lease = client.get(kLease).json;
    lease["spec"]["holderIdentity"] = holder;
    return lease;
  }
  std::string holder() { return cluster.lease(kNs, kName)->holder; }

  Simulator cluster;
  TestClient client{cluster};
};

// Well before the client's own timeout, which would look like a lost answer, too.
bool soon(const std::future<Answer>& answer) {
  return answer.wait_for(std::chrono::seconds(10)) == std::future_status::ready;
}

TEST_F(FaultsTest, AnswersHaveKubernetesWords) {
  struct Case {
    int status;
    std::string reason, message;
  };
  const std::vector<Case> cases = {
      {401, "Unauthorized", "Unauthorized"},
      {403, "Forbidden", "leases.coordination.k8s.io \"defenderd\" is forbidden"},
      {404, "NotFound", "leases.coordination.k8s.io \"defenderd\" not found"},
      {409, "Conflict", "the object has been modified"},
      {429, "TooManyRequests", "the server has received too many requests"},
      {500, "InternalError", "Internal error occurred"},
      {503, "ServiceUnavailable", "the server is currently unable to handle the request"},
      {504, "Timeout", "request did not complete"},
  };
  const auto lease = held_by("b");
  for (const Case& c : cases) {
    cluster.fault(Fault::answer(c.status).on("update", "leases"));
    const Answer answer = client.put(kLease, lease);
    EXPECT_EQ(answer.status, c.status);
    EXPECT_EQ(answer.reason(), c.reason);
    EXPECT_NE(answer.message().find(c.message), std::string::npos) << answer.message();
    EXPECT_EQ(answer.json["code"], c.status);
    EXPECT_EQ(holder(), "a");
  }
  EXPECT_EQ(cluster.faults_left(), 0U);
  EXPECT_EQ(client.put(kLease, lease).status, 200);
}

TEST_F(FaultsTest, AnAnswerAfterwardsLies) {
  cluster.fault(Fault::answer(500, When::After).on("update", "leases"));
  EXPECT_EQ(client.put(kLease, held_by("b")).status, 500);
  EXPECT_EQ(holder(), "b");
  EXPECT_TRUE(cluster.requests().back().applied);
  EXPECT_TRUE(cluster.requests().back().faulted);
}

TEST_F(FaultsTest, ThrottlingSaysWhenToComeBack) {
  cluster.fault(Fault::throttle("7"));
  const Answer answer = client.get(kLease);
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.header("Retry-After"), "7");
  EXPECT_EQ(answer.json["details"]["retryAfterSeconds"], 7);
}

TEST_F(FaultsTest, DropsBeforeAndAfterApplying) {
  cluster.fault(Fault::drop().on("update"));
  EXPECT_FALSE(client.put(kLease, held_by("b")).arrived);
  EXPECT_EQ(holder(), "a");
  cluster.fault(Fault::drop(When::After).on("update"));
  EXPECT_FALSE(client.put(kLease, held_by("c")).arrived);
  EXPECT_EQ(holder(), "c");
  EXPECT_TRUE(cluster.requests().back().dropped);
  EXPECT_EQ(cluster.requests().back().status, 0);
}

TEST_F(FaultsTest, HitWhatTheyNameAsOftenAsTheySay) {
  cluster.fault(Fault::answer(503).on("get", "leases", kName).repeated(2).after_first(1));
  EXPECT_EQ(client.get(kLease).status, 200) << "one passes";
  EXPECT_EQ(client.get(kMaps).status, 200) << "another resource";
  EXPECT_EQ(client.get(kLeases).status, 200) << "another verb";
  EXPECT_EQ(client.get(kLeases + "/other").status, 404) << "another name";
  EXPECT_EQ(client.get(kLease).status, 503);
  EXPECT_EQ(client.get(kLease).status, 503);
  EXPECT_EQ(client.get(kLease).status, 200);
  cluster.fault(Fault::answer(503).repeated(0));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.get("/version").status, 503) << "always, and all";
  EXPECT_EQ(cluster.faults_left(), 1U);
  cluster.clear_faults();
  EXPECT_EQ(client.get("/version").status, 200);
}

TEST_F(FaultsTest, HeldRequestsWaitBeforeOrAfterApplying) {
  for (const When when : {When::Before, When::After}) {
    const auto lease = held_by(when == When::Before ? "b" : "c");
    cluster.fault(Fault::held(when).on("update"));
    TestClient second(cluster);
    auto answer = std::async(std::launch::async, [&] { return second.put(kLease, lease); });
    ASSERT_TRUE(cluster.wait_for([&] { return cluster.held() == 1; }));
    EXPECT_EQ(holder(), when == When::Before ? "a" : "c");
    EXPECT_EQ(cluster.requests().back().applied, when == When::After);
    cluster.release_held();
    EXPECT_EQ(answer.get().status, 200);
    EXPECT_EQ(cluster.held(), 0);
  }
}

// In real time, as a client sees it.
TEST_F(FaultsTest, DelaysTakeTheirTime) {
  cluster.fault(Fault::slow(std::chrono::milliseconds(50)));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(client.get(kLease).status, 200);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(50));
}

TEST_F(FaultsTest, BodiesAreCutReplacedAndDrip) {
  Fault cut = Fault::of(FaultKind::Truncate);
  cut.bytes = 10;
  cluster.fault(cut);
  EXPECT_FALSE(client.get(kLease).arrived);
  Fault garbage = Fault::of(FaultKind::ReplaceBody);
  garbage.message = "<html>";
  cluster.fault(garbage);
  EXPECT_EQ(client.get(kLease).body, "<html>");
  Fault drip = Fault::of(FaultKind::Drip);
  drip.bytes = 200;
  drip.delay = std::chrono::milliseconds(1);
  cluster.fault(drip);
  EXPECT_EQ(client.get(kLease).json["kind"], "Lease");
}

TEST_F(FaultsTest, GoneAndBackOnTheSamePort) {
  ASSERT_EQ(client.get(kLease).status, 200);
  const std::string url = cluster.url();
  cluster.go_away();
  cluster.go_away();  // again does nothing
  EXPECT_FALSE(client.get(kLease).arrived);
  cluster.set_lease(kNs, kName, {.holder = "b"});
  cluster.come_back();
  cluster.come_back();
  EXPECT_EQ(cluster.url(), url);
  EXPECT_EQ(client.get(kLease).json["spec"]["holderIdentity"], "b");
}

TEST_F(FaultsTest, GoingAwayEndsWhatIsHeld) {
  const auto lease = held_by("b");
  cluster.fault(Fault::held().on("update"));
  TestClient second(cluster);
  auto answer = std::async(std::launch::async, [&] { return second.put(kLease, lease); });
  ASSERT_TRUE(cluster.wait_for([&] { return cluster.held() == 1; }));
  cluster.go_away();
  EXPECT_TRUE(soon(answer));
  EXPECT_FALSE(answer.get().arrived);
  EXPECT_EQ(holder(), "a");
}

TEST(SimulatorTest, EndsAtOnceWithHeldRequests) {
  auto cluster = std::make_unique<Simulator>();
  TestClient client(*cluster);
  cluster->fault(Fault::held());
  auto answer = std::async(std::launch::async, [&] { return client.get(kLease); });
  ASSERT_TRUE(cluster->wait_for([&] { return cluster->held() == 1; }));
  cluster.reset();
  EXPECT_TRUE(soon(answer));
  EXPECT_FALSE(answer.get().arrived);
}

TEST(SimulatorTest, RefusesAPortThatIsTaken) {
  const Simulator first;
  Options options;
  options.port = first.port();
  EXPECT_THROW(Simulator{options}, std::runtime_error);
}

TEST(SimulatorTest, LogsWhatItSaw) {
  Simulator cluster;
  TestClient client(cluster);
  ASSERT_EQ(client.post(kLeases + "?fieldManager=me", lease_body()).status, 201);
  const auto all = cluster.requests();
  ASSERT_EQ(all.size(), 1U);
  const LoggedRequest& request = all[0];
  EXPECT_EQ(request.sequence, 1U);
  EXPECT_EQ(request.verb, "create");
  EXPECT_EQ(request.resource, "leases");
  EXPECT_EQ(request.namespace_, kNs);
  EXPECT_EQ(request.name, kName);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, kLeases);
  EXPECT_EQ(request.query, "fieldManager=me");
  EXPECT_EQ(request.user_agent, "kubesim_test/1.0 (linux/amd64)");
  EXPECT_EQ(request.content_type, "application/json");
  EXPECT_TRUE(request.token_accepted && request.applied && !request.faulted && !request.dropped);
  EXPECT_EQ(request.status, 201);
  cluster.clear_requests();
  EXPECT_TRUE(cluster.requests().empty());
}

// Two clients that read the same version: exactly one of them becomes the holder.
TEST(SimulatorTest, OneOfManyWritersWins) {
  Simulator cluster;
  cluster.set_lease(kNs, kName, {.holder = "nobody"});
  const auto lease = TestClient(cluster).get(kLease).json;
  std::vector<std::future<int>> writers;
  for (int i = 0; i < 8; ++i) {
    writers.push_back(std::async(std::launch::async, [&cluster, mine = lease, i]() mutable {
      mine["spec"]["holderIdentity"] = std::to_string(i);
      return TestClient(cluster).put(kLease, mine).status;
    }));
  }
  int won = 0, lost = 0;
  for (auto& writer : writers) {
    const int status = writer.get();
    won += status == 200 ? 1 : 0;
    lost += status == 409 ? 1 : 0;
  }
  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, 7);
}

}  // namespace
}  // namespace kubesim
