// Two replicas: one leads by a Lease, the other stands by and takes over.

#include <gmock/gmock.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's signals

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "armsim/fault.h"
#include "e2e/world.h"
#include "kubesim/simulator.h"

namespace defenderd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr unsigned kFleet = 6;

class ReplicaTest : public World {
 protected:
  ReplicaTest() {
    std::vector<std::string> entries;
    for (unsigned n = 1; n <= kFleet; ++n) {
      azure_.add(subscription(n, false));
      entries.push_back("id: " + id(n) + ", plan: on");
    }
    write("desired.yaml", desired(entries));
    configure("{duration: 4s, renewDeadline: 3s, retryPeriod: 500ms, namespace: defender}");
  }
  void configure(const std::string& lease, const std::string& more = "") const {
    write("settings.yaml",
          settings("coordination:\n  lease: " + lease + "\n  kubernetes: {server: '" +
                   cluster_.url() + "', caFile: " + cluster_.ca_file() +
                   ", tokenFile: " + cluster_.token_file() + "}\n" + more));
  }
  static bool leads(const DaemonProcess& daemon, milliseconds deadline = seconds(60)) {
    return daemon.wait_metric("defenderd_leader 1", deadline);
  }
  static bool stands_by(const DaemonProcess& daemon) {
    return daemon.wait_get("/api/v1/status", "\"leads\":false");
  }
  bool all_on() {
    return azure_.wait_for([&] {
      for (unsigned n = 1; n <= kFleet; ++n) {
        if (!azure_.plan(id(n)).on) return false;
      }
      return true;
    });
  }
  // A leader that has written everything, and a standby that is ready.
  void start() {
    first_ = run();
    ASSERT_TRUE(leads(*first_)) << first_->output();
    ASSERT_TRUE(all_on()) << first_->output();
    ASSERT_TRUE(first_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} " +
                                    std::to_string(kFleet)));
    second_ = run();
    ASSERT_TRUE(second_->wait_get("/readyz", "ok")) << second_->output();
    ASSERT_TRUE(stands_by(*second_));
  }
  [[nodiscard]] std::string holder() const {
    const auto lease = cluster_.lease("defender", "defenderd");
    return lease ? lease->holder : "none";
  }

  kubesim::Simulator cluster_;
  std::unique_ptr<DaemonProcess> first_;
  std::unique_ptr<DaemonProcess> second_;
};

TEST_F(ReplicaTest, AStandbyIsNoSourceOfAReport) {
  start();
  const auto report = [](const DaemonProcess& daemon) {
    DaemonProcess process({"report", "--url", "http://127.0.0.1:" + std::to_string(daemon.port())},
                          {});
    EXPECT_TRUE(process.wait_exit());
    return process.output();
  };
  EXPECT_THAT(report(*second_), AllOf(HasSubstr("is a standby, which observes nothing: use --url "
                                                "with the leader, "),
                                      Not(HasSubstr("# Evidence"))));
  EXPECT_THAT(report(*first_), HasSubstr("## Subscriptions (6)"));
}

TEST_F(ReplicaTest, TheStandbyIsReadyAndLeavesAzureAlone) {
  start();
  const auto before = azure_.counters();
  EXPECT_EQ(second_->get("/healthz").status, 200);
  EXPECT_THAT(second_->get("/metrics").body,
              AllOf(HasSubstr("defenderd_leader 0"), Not(HasSubstr(id(1)))));
  EXPECT_THAT(second_->get("/api/v1/status").body,
              AllOf(HasSubstr("\"leader\":\"" + holder()), HasSubstr("\"mayWrite\":false")));
  EXPECT_TRUE(second_->wait_get("/api/v1/status", "\"in_sync\":6")) << "as the leader saved it";
  const auto refused = second_->post("/-/reconcile");
  EXPECT_EQ(refused.status, 421);
  EXPECT_THAT(refused.body, HasSubstr("this replica is a standby; the leader is " + holder()));
  EXPECT_EQ(second_->post("/-/freeze?reason=x").status, 421);
  EXPECT_EQ(second_->post("/-/thaw?reason=x").status, 421);
  EXPECT_EQ(first_->post("/-/reconcile").status, 202);
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.counters().reads >= before.reads + kFleet; }));
  EXPECT_THAT(second_->output(), HasSubstr("standby: the leader is " + holder()));
}

TEST_F(ReplicaTest, ARollOutHandsOverAndForgetsNothing) {
  start();
  // Somebody's mistake is held by the freeze, which the next leader knows.
  ASSERT_EQ(first_->post("/-/freeze?reason=incident").status, 200);
  azure_.update(id(1), [](armsim::Subscription& subscription) { subscription.plan.on = false; });
  ASSERT_EQ(first_->post("/-/reconcile").status, 202);
  ASSERT_TRUE(first_->wait_metric("defenderd_subscriptions{state=\"held\"} 1")) << first_->output();
  const auto writes = azure_.counters().writes;
  first_->signal(SIGTERM);
  EXPECT_EQ(first_->wait_exit(), 0) << first_->output();
  EXPECT_THAT(first_->output(), HasSubstr("the lease is given back"));
  ASSERT_TRUE(leads(*second_)) << second_->output();
  ASSERT_TRUE(second_->wait_metric("defenderd_subscriptions{state=\"held\"} 1"))
      << second_->output();
  EXPECT_THAT(second_->get("/api/v1/status").body, HasSubstr("\"reason\":\"incident\""));
  EXPECT_EQ(azure_.counters().writes, writes) << "no extra PUT";
  ASSERT_EQ(second_->post("/-/thaw?reason=done").status, 200);
  EXPECT_TRUE(all_on());
}

TEST_F(ReplicaTest, AKilledLeaderIsReplacedWhenItsLeaseHasExpired) {
  start();
  const std::string dead = holder();
  first_->signal(SIGKILL);
  first_->wait_exit();
  azure_.update(id(2), [](armsim::Subscription& subscription) { subscription.plan.on = false; });
  ASSERT_TRUE(leads(*second_)) << second_->output();
  EXPECT_NE(holder(), dead);
  EXPECT_TRUE(all_on()) << second_->output();
}

TEST_F(ReplicaTest, ALeaderThatStoodStillWritesNothing) {
  start();
  first_->signal(SIGSTOP);
  ASSERT_TRUE(leads(*second_)) << second_->output();
  ASSERT_TRUE(
      second_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} " + std::to_string(kFleet)));
  ASSERT_EQ(second_->post("/-/freeze?reason=hold").status, 200);
  azure_.update(id(3), [](armsim::Subscription& subscription) { subscription.plan.on = false; });
  const auto writes = azure_.counters().writes;
  first_->signal(SIGCONT);
  ASSERT_TRUE(stands_by(*first_)) << first_->output();
  EXPECT_THAT(first_->output(), HasSubstr("this replica no longer leads"));
  EXPECT_EQ(azure_.counters().writes, writes);
  EXPECT_EQ(first_->get("/healthz").status, 200) << "it goes on as a standby";
  EXPECT_EQ(first_->wait_exit(milliseconds(1)), std::nullopt);
}

TEST_F(ReplicaTest, WhileTheAPIIsAwayTheLeaderObservesAndWritesNothing) {
  start();
  cluster_.go_away();
  ASSERT_TRUE(first_->wait_metric("defenderd_leader 0")) << first_->output();
  azure_.update(id(4), [](armsim::Subscription& subscription) { subscription.plan.on = false; });
  const auto writes = azure_.counters().writes;
  ASSERT_EQ(first_->post("/-/reconcile").status, 202) << "it still leads";
  EXPECT_EQ(first_->post("/-/freeze?reason=x").status, 503) << "which could not be saved";
  ASSERT_TRUE(first_->wait_get("/api/v1/subscriptions", "\"NotLeader\"")) << first_->output();
  EXPECT_EQ(azure_.counters().writes, writes);
  EXPECT_THAT(first_->output(), HasSubstr("could not be renewed in time: nothing is written"));
  EXPECT_THAT(second_->get("/readyz").body, HasSubstr("this standby cannot use the lease"));
  cluster_.come_back();
  EXPECT_TRUE(all_on()) << "one of the two leads again";
}

TEST_F(ReplicaTest, APutThatOutlivesTheLeaseIsGivenUp) {
  start();
  azure_.inject(armsim::Fault::held(armsim::Operation::Write));
  azure_.update(id(5), [](armsim::Subscription& subscription) { subscription.plan.on = false; });
  ASSERT_EQ(first_->post("/-/reconcile").status, 202);
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.held() > 0; }));
  first_->signal(SIGSTOP);
  ASSERT_TRUE(leads(*second_)) << second_->output();
  first_->signal(SIGCONT);
  ASSERT_TRUE(stands_by(*first_)) << first_->output();
  azure_.release_held();
  EXPECT_TRUE(all_on());
}

TEST_F(ReplicaTest, ABadEditIsRememberedOverAHandOver) {
  start();
  write("desired.yaml", "subscriptions: [\n\n");
  ASSERT_TRUE(second_->wait_get("/api/v1/status", "desired.yaml")) << second_->output();
  first_->signal(SIGTERM);
  ASSERT_EQ(first_->wait_exit(), 0);
  ASSERT_TRUE(leads(*second_)) << second_->output();
  ASSERT_TRUE(
      second_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} " + std::to_string(kFleet)))
      << "by the last good one";
  EXPECT_TRUE(second_->wait_get("/api/v1/status", "desired.yaml"));
  EXPECT_TRUE(second_->wait_metric("defenderd_config_last_reload_successful 0"));
}

TEST_F(ReplicaTest, ADeletedLeaseIsNoHandOver) {
  start();
  const std::string leader = holder();
  for (int i = 0; i < 5; ++i) {
    cluster_.clear_requests();
    cluster_.remove_lease("defender", "defenderd");
    ASSERT_TRUE(cluster_.wait_for([&] { return holder() != "none"; }));
    EXPECT_EQ(holder(), leader);
    EXPECT_EQ(first_->get("/api/v1/status").status, 200);
  }
  EXPECT_EQ(first_->wait_exit(milliseconds(1)), std::nullopt) << first_->output();
}

TEST_F(ReplicaTest, AStandbyThatCannotReadTheStateIsNotReady) {
  start();
  cluster_.deny("get", "configmaps");
  EXPECT_TRUE(second_->wait_get("/readyz", "cannot read the shared state")) << second_->output();
}

// Something to remember of every kind: held by a brake, held by a freeze of the API, failing,
// suspended, observed only, in sync.
TEST_F(ReplicaTest, TenHandOversForgetNothingAndWriteNothing) {
  write("desired.yaml",
        desired(
            {"id: " + id(1) + ", plan: on", "id: " + id(2) + ", plan: off",
             "id: " + id(3) + ", plan: on", "id: " + id(4) + ", plan: on, owner: payments",
             "id: " + id(5) + ", plan: on, mode: observe",
             "id: " + id(6) + ", plan: on, suspend: {until: 2099-01-01T00:00:00Z, reason: move}"}));
  configure("{duration: 4s, renewDeadline: 3s, retryPeriod: 500ms, namespace: defender}",
            "safety: {maxDisablesPerSweep: 0}\n");
  azure_.update(id(1), [](armsim::Subscription& subscription) { subscription.plan.on = true; });
  azure_.update(id(2), [](armsim::Subscription& subscription) { subscription.plan.on = true; });
  azure_.inject(armsim::Fault::answer(armsim::Operation::Read, 403, "AuthorizationFailed")
                    .at(id(3))
                    .repeated(0));
  auto leader = run();
  ASSERT_TRUE(leads(*leader)) << leader->output();
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.plan(id(4)).on; })) << leader->output();
  ASSERT_EQ(leader->post("/-/freeze?reason=incident&owner=payments").status, 200);
  azure_.update(id(4), [](armsim::Subscription& subscription) { subscription.plan.on = false; });
  ASSERT_EQ(leader->post("/-/reconcile").status, 202);
  const auto known = [this](const DaemonProcess& daemon) {
    std::string text;
    const auto rows = nlohmann::json::parse(daemon.get("/api/v1/subscriptions").body);
    for (const auto& row : rows["items"]) {
      text += row["id"].get<std::string>().substr(35) + " " + row["state"].get<std::string>() +
              " " + row["reason"].get<std::string>() + " " + row["stateSince"].get<std::string>() +
              "\n";
    }
    return text;
  };
  ASSERT_TRUE(leader->wait_body("/api/v1/subscriptions", [&](const std::string&) {
    const std::string text = known(*leader);
    return text.find("4 held Frozen") != std::string::npos &&
           text.find("2 held DisableBrake") != std::string::npos &&
           text.find("3 failing Forbidden") != std::string::npos;
  })) << known(*leader);
  const std::string before = known(*leader);
  const auto writes = azure_.counters().writes;
  for (int i = 0; i < 10; ++i) {
    auto standby = run();
    ASSERT_TRUE(standby->wait_get("/readyz", "ok")) << standby->output();
    leader->signal(SIGTERM);
    ASSERT_EQ(leader->wait_exit(), 0) << leader->output();
    leader = std::move(standby);
    ASSERT_TRUE(leads(*leader)) << leader->output();
    ASSERT_TRUE(leader->wait_get("/readyz", "ok")) << leader->output();
    EXPECT_EQ(known(*leader), before) << "after hand-over " << i;
  }
  EXPECT_EQ(azure_.counters().writes, writes);
  DaemonProcess apply(
      {"apply", "--yes", "--config", path("settings.yaml"), "--desired", path("desired.yaml")},
      credentials());
  EXPECT_EQ(apply.wait_exit(), 2);
  EXPECT_THAT(apply.output(), HasSubstr("only the replica that leads writes"));
}

TEST_F(ReplicaTest, WithoutRightsItSaysWhatIsMissingAndLives) {
  cluster_.deny("create", "leases");
  first_ = run();
  ASSERT_TRUE(first_->wait_output("create leases/defenderd in namespace defender; check its Role"))
      << first_->output();
  EXPECT_THAT(first_->get("/readyz").body, HasSubstr("this standby cannot use the lease"));
  EXPECT_EQ(first_->get("/healthz").status, 200);
  EXPECT_EQ(azure_.counters().reads, 0U);
  cluster_.allow_everything();
  EXPECT_TRUE(all_on()) << first_->output();
}

TEST_F(ReplicaTest, NobodyLeadsWithoutWhatTheLeaderBeforeKnew) {
  start();
  cluster_.fault(kubesim::Fault::answer(500).on("get", "configmaps").repeated(0));
  const auto reads = azure_.counters().reads;
  first_->signal(SIGTERM);
  ASSERT_EQ(first_->wait_exit(), 0);
  ASSERT_TRUE(second_->wait_output("cannot lead, because the state of the one before it"))
      << second_->output();
  EXPECT_EQ(azure_.counters().reads, reads);
  cluster_.clear_faults();
  first_ = run();
  EXPECT_TRUE(leads(*first_)) << "another one may try at once";
}

TEST_F(ReplicaTest, WithoutATokenFileItDoesNotStart) {
  configure("{namespace: defender}");
  std::filesystem::remove(cluster_.token_file());
  first_ = run();
  EXPECT_EQ(first_->wait_exit(), 2);
  EXPECT_THAT(first_->output(), HasSubstr("cannot read the token"));
}

}  // namespace
}  // namespace defenderd
