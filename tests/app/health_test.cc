#include "app/health.h"

#include <future>
#include <thread>

#include "app/build_info.h"
#include "app/edited_files.h"
#include "app/wired_fleet.h"
#include "support/eventually.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Optional;
using testing::SizeIs;
using testing::StartsWith;

class HealthTest : public WiredFleet {
 protected:
  EditedFiles files_;
  LoadedFiles at_start_{files_, clock_};
  Reloader reloader_{std::move(at_start_.config),
                     at_start_.loaded,
                     at_start_.loaded.settings,
                     files_.paths(),
                     {},
                     metrics_,
                     clock_,
                     log_};
  AzureWatch azure_{metrics_, log_};
  CredentialExpiry credential_{CredentialKind::ClientCertificate,
                               clock_.wall_now() + std::chrono::hours(24)};
  CredentialWatch credential_watch_{[this] { return credential_; }, metrics_, clock_, log_};
  const WallTime started_ = clock_.wall_now();
  Heartbeats heartbeats_{clock_};
  LeadershipStatus leadership_;
  StandbyWatch standby_{{nullptr, [](const std::stop_token&) { return ArmResult<Done>(Done{}); },
                         [] { return 0.0; }, [this] { return leadership_; }, clock_, log_}};
  Health health_{{controller_, safety_, board_, coverage_, departures_, incidents_, reloader_,
                  azure_, credential_watch_, graph_, freeze_watch_, clock_,
                  [this] { return fleet_known_; }, [this] { return heartbeats_.read(); }},
                 {.request_timeout = std::chrono::seconds(90), .observe_only = true}};
  Health of_standby_{
      {controller_, safety_, board_, coverage_, departures_, incidents_, reloader_, azure_,
       credential_watch_, graph_, freeze_watch_, clock_, [this] { return fleet_known_; },
       [this] { return heartbeats_.read(); }, [this] { return leadership_; }, &standby_},
      {.request_timeout = std::chrono::seconds(90)}};
};

TEST_F(HealthTest, IsReadyOnceEachWasAttempted) {
  fleet_.declare(state_of({declared(1, true), declared(2, true)}));
  EXPECT_THAT(health_.not_ready(), Optional(HasSubstr("2 of 2 subscriptions")));
  store_.fail_next_read(subscription_id(2), failure(Reason::Forbidden, NextTry::Slow));
  work();
  EXPECT_EQ(health_.not_ready(), std::nullopt) << "a failure is an attempt";
}

TEST_F(HealthTest, OneHasNotBeenObservedYet) {
  fleet_.declare(state_of({declared(1, true)}));
  EXPECT_THAT(health_.not_ready(), Optional(HasSubstr("1 of 1 subscription has not been")));
}

TEST_F(HealthTest, TheStatusNamesWhatOnlyARestartApplies) {
  files_.settings("server: {listen: ':1'}\n");
  for (int look = 0; look < 60; ++look) {
    reloader_.step();
    clock_.advance(std::chrono::seconds(1));
  }
  EXPECT_THAT(health_.status().restart_needed, testing::ElementsAre("server.listen"));
}

TEST_F(HealthTest, StaysReadyWhenMoreIsDeclared) {
  declare({declared(1, true)});
  EXPECT_EQ(health_.not_ready(), std::nullopt);
  fleet_.declare(state_of({declared(1, true), declared(2, true)}, "2222"));
  EXPECT_EQ(health_.not_ready(), std::nullopt);
}

TEST_F(HealthTest, IsNotReadyBeforeScopesWereResolved) {
  fleet_known_ = false;
  declare({});
  EXPECT_THAT(health_.not_ready(), Optional(HasSubstr("scopes")));
  fleet_known_ = true;
  EXPECT_EQ(health_.not_ready(), std::nullopt);
}

TEST_F(HealthTest, IsNotReadyWhileTheDesiredStateWaits) {
  std::vector<FileMark> earlier = reloader_.marks().files;
  ASSERT_THAT(earlier, SizeIs(1));
  earlier[0].lines += 1;
  earlier[0].end = {4711};
  reloader_.recall(earlier);
  EXPECT_THAT(health_.not_ready(), Optional(HasSubstr("no desired state is in force yet: ")));
  reloader_.step();
  EXPECT_THAT(health_.not_ready(),
              Optional(AllOf(HasSubstr("before the restart is missing from desired.yaml"),
                             HasSubstr("it takes effect in"))));
  EXPECT_THAT(health_.service_state().status, HasSubstr("no desired state is in force yet"));
  EXPECT_EQ(health_.role(), "has no desired state in force yet");
  EXPECT_EQ(health_.unhealthy(), std::nullopt);
}

TEST_F(HealthTest, TheFirstSweepLastsUntilWhatScopesAddWasAttempted) {
  fleet_known_ = false;
  declare({declared(1, true)});
  ASSERT_TRUE(health_.status().last_sweep);
  EXPECT_TRUE(health_.status().sweep->first) << "scopes may add more";
  clock_.advance(std::chrono::minutes(1));
  fleet_.declare(state_of({declared(1, true), declared(2, true), declared(3, true)}));
  fleet_known_ = true;
  const auto in_progress = health_.status().sweep;
  EXPECT_TRUE(in_progress->first);
  EXPECT_EQ(in_progress->started, started_);
  EXPECT_EQ(in_progress->remaining, 2U);
  work();
  EXPECT_FALSE(health_.status().sweep->first);
}

TEST_F(HealthTest, AThreadThatStandsStillIsUnhealthy) {
  const Heartbeat works(&heartbeats_, "files");
  const Heartbeat stuck(&heartbeats_, "reconcile-3");  // of this thread from now on
  clock_.advance(std::chrono::seconds(150));
  EXPECT_EQ(health_.unhealthy(), std::nullopt) << "it may be in a request to Azure";
  clock_.advance(std::chrono::seconds(1));
  EXPECT_THAT(health_.unhealthy(), Optional(HasSubstr("has made no progress for 2m31s")));
  beat();
  EXPECT_THAT(health_.unhealthy(), Optional(HasSubstr("the thread files has")));
}

TEST_F(HealthTest, AReconcileThatHangsAnywhereIsUnhealthy) {
  const Heartbeat worker(&heartbeats_, "reconcile-1");
  std::optional<std::string> in_time;
  std::optional<std::string> late;
  store_.put(subscription_id(1), free_plan());
  store_.on_turn([&] {
    in_time = health_.unhealthy();
    clock_.advance(std::chrono::minutes(12));
    late = health_.unhealthy();
  });
  declare({declared(1, true)});
  EXPECT_EQ(in_time, std::nullopt);
  EXPECT_THAT(late, Optional(HasSubstr("the thread reconcile-1 has made no progress for 12m")));
  beat();
  EXPECT_EQ(health_.unhealthy(), std::nullopt);
}

TEST_F(HealthTest, ADiskThatHangsIsNoReasonToRestart) {
  const Heartbeat journal(&heartbeats_, "journal");
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(health_.unhealthy(), std::nullopt);
  EXPECT_EQ(health_.status().threads.front().silent, std::chrono::hours(1));
}

TEST_F(HealthTest, TheStatusHasASnapshotOfEachPart) {
  for (unsigned n = 1; n <= 4; ++n) store_.put(subscription_id(n), standard_plan());
  azure_.observers().arm.rate_limit_remaining("x-ms-ratelimit-remaining-tenant-reads", 7);
  declare({declared(1, false), declared(2, false), declared(3, false), declared(4, false)});
  graph_.listener().passed({.at = clock_.wall_now(), .subscriptions = 4});
  credential_watch_.check();
  const DaemonStatus status = health_.status();
  EXPECT_EQ(status.version, kVersion);
  EXPECT_EQ(status.started, started_);
  EXPECT_TRUE(status.observe_only);
  EXPECT_EQ(status.settings_hash, at_start_.loaded.settings.hash);
  EXPECT_EQ(status.desired_hash, at_start_.loaded.desired.hash);
  EXPECT_EQ(status.config_error, "");
  ASSERT_TRUE(status.last_sweep);
  EXPECT_EQ(status.next_sweep, *status.last_sweep + std::chrono::minutes(5));
  EXPECT_THAT(status.quotas, SizeIs(1));
  ASSERT_TRUE(status.credential);
  EXPECT_EQ(status.credential->kind, "client_certificate");
  EXPECT_EQ(status.credential->expires, credential_.expires);
  EXPECT_TRUE(status.credential->needs_attention);
  ASSERT_TRUE(status.graph);
  EXPECT_EQ(status.graph->subscriptions, 4U);
  EXPECT_THAT(status.confirm_code, SizeIs(8)) << "four are held";
}

// One of four cannot be read, and is retried ever later.
TEST_F(HealthTest, ARetryDoesNotHoldTheSweepAndTheNextOneIsNeverInThePast) {
  for (unsigned n = 1; n <= 4; ++n) store_.put(subscription_id(n), standard_plan());
  store_.fail_reads(subscription_id(4), failure(Reason::ServerError, NextTry::Soon));
  declare({declared(1, true), declared(2, true), declared(3, true), declared(4, true)});
  bool retried_late = false;
  for (int step = 0; step < 360; ++step) {
    clock_.advance(std::chrono::seconds(10));
    work();
    const WallTime now = clock_.wall_now();
    const DaemonStatus status = health_.status();
    ASSERT_TRUE(status.last_sweep);
    EXPECT_LE(now - *status.last_sweep, std::chrono::seconds(310)) << step;
    if (status.next_sweep) {
      EXPECT_GT(*status.next_sweep, now) << step;
    }
    const WallTime retry = row(4)->next_due.value_or(now);
    retried_late = retried_late || retry - now > std::chrono::minutes(6);
  }
  EXPECT_TRUE(retried_late);
  clock_.advance(std::chrono::minutes(9));  // every worker is busy
  EXPECT_EQ(health_.status().next_sweep, std::nullopt) << "it is in progress";
}

TEST_F(HealthTest, TheStatusShowsAnEditThatIsRefused) {
  files_.desired_text("subscriptions: 7\n");
  for (int look = 0; look < 60; ++look) {
    reloader_.step();
    clock_.advance(std::chrono::seconds(1));
  }
  EXPECT_THAT(health_.status().config_error, HasSubstr("desired.yaml:1"));
}

TEST_F(HealthTest, TheServiceManagerIsToldWhatAPersonNeedsFirst) {
  fleet_.declare(state_of({declared(1, true), declared(2, true)}));
  EXPECT_THAT(health_.service_state().status,
              HasSubstr("2 of 2 subscriptions have not been observed"));
  work();
  EXPECT_EQ(health_.service_state().status, "keeps 2 subscriptions as declared");
  EXPECT_EQ(health_.service_state().unhealthy, std::nullopt);
  files_.desired_text("subscriptions: 7\n");
  for (int look = 0; look < 60; ++look) {
    reloader_.step();
    clock_.advance(std::chrono::seconds(1));
  }
  EXPECT_THAT(health_.service_state().status,
              AllOf(StartsWith("an edit is not in effect: "), HasSubstr("desired.yaml:1")));
  const Heartbeat stuck(&heartbeats_, "files");
  clock_.advance(std::chrono::minutes(3));
  EXPECT_THAT(health_.service_state().unhealthy, Optional(HasSubstr("the thread files")));
}

TEST_F(HealthTest, AStandbyIsReadyWhenItCouldTakeOver) {
  fleet_.declare(state_of({declared(1, true)}));
  EXPECT_THAT(of_standby_.not_ready(), Optional(HasSubstr("has not asked for a token")));
  EXPECT_EQ(of_standby_.service_state().status, "stands by");
  leadership_.leader = "defenderd-1";
  const DaemonStatus status = of_standby_.status();
  ASSERT_TRUE(status.leadership);
  EXPECT_EQ(status.leadership->leader, "defenderd-1");
  EXPECT_TRUE(status.shared_state);
  EXPECT_FALSE(health_.status().leadership) << "a single replica";
  EXPECT_FALSE(health_.status().shared_state);
}

// A large fleet takes a while to declare, and probes must not wait for it.
TEST_F(HealthTest, ALeaderWhoseLeaseMayBeAnothersIsNotReady) {
  const Health leader{
      {controller_, safety_, board_, coverage_, departures_, incidents_, reloader_, azure_,
       credential_watch_, graph_, freeze_watch_, clock_, [] { return true; },
       [this] { return heartbeats_.read(); }, [this] { return leadership_; }},
      {.request_timeout = std::chrono::seconds(90)}};
  leadership_.leads = true;
  EXPECT_EQ(leader.not_ready(), std::nullopt) << "it may be renewed in time";
  leadership_.may_be_replaced = true;
  leadership_.failure = "the Kubernetes API does not answer";
  EXPECT_EQ(leader.not_ready(),
            "this leader cannot renew its lease, and another replica may lead by now: the "
            "Kubernetes API does not answer");
}

TEST_F(HealthTest, AnswersWhileAFleetIsBeingDeclared) {
  declare(all_declared(30, true));
  EXPECT_EQ(health_.not_ready(), std::nullopt);
  Settings slow;
  slow.azure.reads_per_second = 0.01;
  fleet_.apply(slow);
  std::promise<void> answered;
  std::jthread prober;                          // ends after declare(), whatever it waits for
  on_log_ = [&](const std::string& /*line*/) {  // within declare(): the budget is too small
    prober = std::jthread([&] {
      EXPECT_EQ(health_.unhealthy(), std::nullopt);
      EXPECT_EQ(health_.not_ready(), std::nullopt);
      static_cast<void>(health_.status());
      answered.set_value();
    });
    EXPECT_TRUE(eventually("a probe is answered during the declaration", answered.get_future()));
  };
  fleet_.declare(state_of(all_declared(60, true), "2222"));
  EXPECT_TRUE(prober.joinable());
}

}  // namespace
}  // namespace defenderd
