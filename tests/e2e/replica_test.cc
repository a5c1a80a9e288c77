// Two replicas: one leads by a Lease, the other stands by and takes over.

#include <gmock/gmock.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's signals

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "armsim/fault.h"
#include "e2e/replicas.h"
#include "kubesim/fault.h"

namespace defenderd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ReplicaTest : public Replicas {};

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
  for (const char* const path :
       {"/api/v1/subscriptions", "/api/v1/changes", "/api/v1/findings", "/api/v1/undeclared"}) {
    const auto of_leader = second_->get(path);
    EXPECT_EQ(of_leader.status, 421) << path << " is not an empty list";
    EXPECT_THAT(of_leader.body, HasSubstr("this replica is a standby; the leader is " + holder()));
    EXPECT_EQ(first_->get(path).status, 200) << path;
  }
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
  EXPECT_THAT(first_->output(), HasSubstr("the lease was released"));
  ASSERT_TRUE(leads(*second_)) << second_->output();
  ASSERT_TRUE(second_->wait_metric("defenderd_subscriptions{state=\"held\"} 1"))
      << second_->output();
  EXPECT_THAT(second_->get("/api/v1/status").body, HasSubstr("\"reason\":\"incident\""));
  EXPECT_EQ(azure_.counters().writes, writes) << "no extra PUT";
  ASSERT_EQ(second_->post("/-/thaw?reason=done").status, 200);
  EXPECT_TRUE(all_on());
}

TEST_F(ReplicaTest, WritesThatABrakeCountsShareASaveEveryFewSeconds) {
  constexpr unsigned kMany = 60;
  std::vector<std::string> entries;
  for (unsigned n = 1; n <= kMany; ++n) {
    azure_.add(subscription(n, false));
    entries.push_back("id: " + id(n) + ", plan: on");
  }
  write("desired.yaml", desired(entries));
  configure(kLease, "safety: {maxEnablesPerSweep: 1000}\n");
  const auto begun = std::chrono::steady_clock::now();
  first_ = run();
  ASSERT_TRUE(
      first_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} " + std::to_string(kMany)))
      << first_->output();
  const auto took = std::chrono::steady_clock::now() - begun;
  const auto requests = cluster_.requests();
  const auto saves = std::count_if(requests.begin(), requests.end(), [](const auto& request) {
    return request.resource == "configmaps" && request.verb != "get";
  });
  // At the start, for the writes, and those that nothing waits for.
  EXPECT_LE(saves, 2 + took / seconds(2) + took / seconds(5)) << "in " << took / milliseconds(1);
  EXPECT_EQ(azure_.counters().writes, kMany);
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

// An edit reaches one replica later than the other.
TEST_F(ReplicaTest, ANewLeaderWithOlderFilesUndoesNothing) {
  first_ = run();
  ASSERT_TRUE(all_on());
  std::filesystem::copy_file(path("desired.yaml"), path("older.yaml"));
  second_ = std::make_unique<DaemonProcess>(
      std::vector<std::string>{"run", "--config", path("settings.yaml"), "--desired",
                               path("older.yaml")},
      credentials());
  ASSERT_TRUE(second_->wait_get("/readyz", "ok")) << second_->output();
  std::vector<std::string> entries{"id: " + id(1) + ", plan: off"};
  for (unsigned n = 2; n <= kFleet; ++n) entries.push_back("id: " + id(n) + ", plan: on");
  write("desired.yaml", desired(entries));
  ASSERT_TRUE(azure_.wait_for([&] { return !azure_.plan(id(1)).on; })) << first_->output();
  first_->signal(SIGKILL);
  first_->wait_exit();
  const auto writes = azure_.counters().writes;
  ASSERT_TRUE(leads(*second_)) << second_->output();
  ASSERT_TRUE(second_->wait_metric("defenderd_subscriptions{state=\"held\"} 1"))
      << second_->output();
  EXPECT_THAT(second_->get("/api/v1/subscriptions").body,
              AllOf(HasSubstr("\"NotLeader\""), HasSubstr("had another desired state in force")));
  EXPECT_EQ(second_->post("/-/freeze?reason=incident").status, 200) << "it leads";
  EXPECT_EQ(second_->post("/-/thaw?reason=over").status, 200);
  write("older.yaml", desired(entries));
  ASSERT_TRUE(
      second_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} " + std::to_string(kFleet)))
      << second_->output();
  EXPECT_TRUE(second_->wait_output("now has the previous leader's desired state"));
  EXPECT_EQ(azure_.counters().writes, writes);
  azure_.update(id(2), [](armsim::Subscription& subscription) { subscription.plan.on = false; });
  ASSERT_EQ(second_->post("/-/reconcile").status, 202);
  EXPECT_TRUE(azure_.wait_for([&] { return azure_.plan(id(2)).on; })) << "writing resumes";
}

TEST_F(ReplicaTest, TheLeaderReplacesARestoredBackup) {
  start();
  auto backup = *cluster_.config_map("defender", "defenderd-state");
  backup.annotations["defenderd.io/written-by"] = "an-older-pod";
  cluster_.set_config_map("defender", "defenderd-state", backup);
  ASSERT_EQ(first_->post("/-/freeze?reason=incident").status, 200) << first_->output();
  const auto saved = cluster_.config_map("defender", "defenderd-state");
  EXPECT_EQ(saved->annotations.at("defenderd.io/written-by"), holder());
  EXPECT_THAT(first_->get("/metrics").body, HasSubstr("defenderd_state_write_errors_total 0"));
}

TEST_F(ReplicaTest, AStandbyThatCannotReadTheStateIsNotReady) {
  start();
  cluster_.deny("get", "configmaps");
  EXPECT_TRUE(second_->wait_get("/readyz", "cannot read the shared state")) << second_->output();
}

TEST_F(ReplicaTest, AnEditThatCannotWorkIsRefusedAndTheHandOverTakesPlace) {
  start();
  configure(kLease, "journal: {file: " + path("missing/journal.jsonl") + "}\n");
  ASSERT_TRUE(first_->wait_output("restart defenderd to apply journal.file")) << first_->output();
  ASSERT_TRUE(second_->wait_output("restart defenderd to apply journal.file")) << second_->output();
  // The leader steps down and goes on as a standby.
  first_->signal(SIGSTOP);
  ASSERT_TRUE(leads(*second_)) << second_->output();
  first_->signal(SIGCONT);
  ASSERT_TRUE(stands_by(*first_)) << first_->output();
  for (const DaemonProcess* daemon : {first_.get(), second_.get()}) {
    EXPECT_TRUE(
        daemon->wait_output("reload_failed  the edited settings that need a restart cannot be "
                            "used: cannot open the journal"));
    EXPECT_THAT(daemon->output(), Not(HasSubstr("stopped  ")));
    EXPECT_TRUE(daemon->wait_get("/api/v1/status",
                                 "the edited settings that need a restart cannot be used"));
    EXPECT_TRUE(daemon->wait_metric("defenderd_config_last_reload_successful 0"));
    EXPECT_TRUE(daemon->wait_get("/readyz", "ok"));
  }
  azure_.update(id(2), [](armsim::Subscription& subscription) { subscription.plan.on = false; });
  ASSERT_EQ(second_->post("/-/reconcile").status, 202);
  EXPECT_TRUE(all_on()) << second_->output();
  configure(kLease);
  EXPECT_TRUE(second_->wait_metric("defenderd_config_last_reload_successful 1"));
  second_->signal(SIGTERM);
  EXPECT_EQ(second_->wait_exit(), 0);
  EXPECT_THAT(second_->output(),
              AllOf(HasSubstr("leadership  this replica's work as the leader has ended"),
                    HasSubstr("stopped  defenderd has stopped; all work finished")));
}

TEST_F(ReplicaTest, AHandOverIsNoRestartForWhatTheProcessHolds) {
  start();
  std::string edited = configuration(kLease);
  replace_all(edited, "127.0.0.1:0", "127.0.0.2:0");
  replace_all(edited, "lifecycle: true", "lifecycle: false");
  write("settings.yaml", edited);
  ASSERT_TRUE(second_->wait_get("/api/v1/status",
                                R"("restartNeeded":["server.listen","server.lifecycle"])"))
      << second_->output();
  first_->signal(SIGTERM);
  ASSERT_EQ(first_->wait_exit(), 0);
  ASSERT_TRUE(leads(*second_)) << second_->output();
  EXPECT_TRUE(second_->wait_get("/api/v1/status", R"("restartNeeded":["server.listen"])"));
  EXPECT_THAT(second_->output(), Not(HasSubstr("listening on 127.0.0.2")));
  configure(kLease);
  EXPECT_TRUE(second_->wait_get("/api/v1/status", R"("restartNeeded":["server.lifecycle"])"));
}

// What the settings name is gone, and beside it an edit cannot be read at all.
TEST_F(ReplicaTest, WhereNothingWorksTheLastGoodFilesAreStillThere) {
  start();
  std::filesystem::rename(path("ca.pem"), path("hidden.pem"));
  write("desired.yaml", "subscriptions: [\n\n");
  ASSERT_TRUE(second_->wait_get("/api/v1/status", "desired.yaml")) << second_->output();
  first_->signal(SIGTERM);
  ASSERT_EQ(first_->wait_exit(), 0);
  ASSERT_TRUE(second_->wait_output("this replica cannot work as the leader: "))
      << second_->output();
  ASSERT_TRUE(second_->wait_output("; the last good files stay in force")) << second_->output();
  EXPECT_TRUE(second_->wait_get("/readyz", "this replica cannot work as "));
  EXPECT_TRUE(second_->wait_get("/healthz", "ok"));
  EXPECT_TRUE(second_->wait_metric("defenderd_leader 0"));
  std::filesystem::rename(path("hidden.pem"), path("ca.pem"));
  EXPECT_TRUE(second_->wait_get("/readyz", "ok")) << second_->output();
  EXPECT_TRUE(second_->wait_get("/api/v1/status", "desired.yaml"));
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
  ASSERT_TRUE(second_->wait_output("cannot lead, because the previous leader's state"))
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
