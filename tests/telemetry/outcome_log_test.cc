#include "telemetry/outcome_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <vector>

#include "support/eventually.h"
#include "support/fake_clock.h"
#include "telemetry/samples.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class OutcomeLogTest : public testing::Test {
 protected:
  // A restart in an incident that hit the first `count`, which all are declared.
  void restart_in_incident(int count, Reason reason, int http_status) {
    Incident incident{{reason, "Azure Resource Manager"}, clock_.wall_now(), 0, 0, "no"};
    incident.most = static_cast<std::size_t>(count);
    OutcomeLog::Earlier earlier;
    for (int n = 1; n <= count; ++n)
      earlier[subscription_id(static_cast<unsigned>(n))].failed_for = reason;
    outcomes_.recall(std::move(earlier));  // in any order
    incident.cause = cause_of(*samples::failed(1, reason, http_status).failure, std::nullopt);
    incidents_.recall({incident});
    std::vector<DesiredSubscription> declared;
    for (int n = 1; n <= count; ++n) declared.push_back(samples::declared(n));
    outcomes_.keep_only(samples::state_of(declared));
  }

  // The lines that the outcome led to, without their time.
  std::vector<std::string> lines(const Outcome& outcome) {
    lines_.clear();
    outcomes_.record(outcome);
    return lines_;
  }

  FakeClock clock_;
  std::vector<std::string> lines_;
  Logger log_{LogLevel::Info, LogStyle(LogFormat::Text, true), clock_,
              [this](std::string_view line) { lines_.emplace_back(line.substr(25)); }};
  Incidents incidents_{clock_};
  OutcomeLog outcomes_{log_, incidents_};
};

const std::string kWho = "sub-1 (00000000-0000-4000-8000-000000000001)";

TEST_F(OutcomeLogTest, InSyncSaysNothing) { EXPECT_THAT(lines(samples::in_sync(1)), IsEmpty()); }

TEST_F(OutcomeLogTest, EachChangeIsALine) {
  const std::string line = "INFO  corrected  " + kWho +
                           " promptEvidence: off -> on  result=applied request_id=request-1";
  EXPECT_THAT(lines(samples::corrected(1)), ElementsAre(line));
  EXPECT_THAT(lines(samples::corrected(1)), ElementsAre(line));
}

TEST_F(OutcomeLogTest, ASuspensionThatEndsWithinADayIsWarnedOfOnce) {
  using std::chrono::hours;
  DesiredSubscription suspended = samples::in_sync(1).desired;
  suspended.mode = Mode::Enforce;
  const WallTime until = clock_.wall_now() + hours(30);
  suspended.suspend = Suspension{until, "tenant move", "platform team"};
  const auto warned_at = [&](WallTime now) {
    lines_.clear();
    outcomes_.warn_of_suspension_end(suspended, now);
    return lines_;
  };
  EXPECT_THAT(warned_at(until - hours(25)), IsEmpty());
  EXPECT_THAT(warned_at(until - hours(24)),
              ElementsAre("WARN  suspension_ends  " + kWho +
                          " suspension ends at 2026-01-02T06:00:00.000Z (tenant move); drift is "
                          "corrected after that  until=2026-01-02T06:00:00.000Z"));
  EXPECT_THAT(warned_at(until - hours(1)), IsEmpty()) << "once is enough";
  suspended.suspend->until += hours(10);
  EXPECT_THAT(warned_at(until), ElementsAre(HasSubstr("2026-01-02T16:00:00.000Z")))
      << "it was put off";
  EXPECT_THAT(warned_at(until + hours(10)), IsEmpty()) << "it has ended";
}

TEST_F(OutcomeLogTest, OfManySuspensionsThatEndTenHaveALine) {
  DesiredSubscription suspended = samples::in_sync(1).desired;
  suspended.suspend = Suspension{clock_.wall_now() + std::chrono::hours(2), "tenant move", ""};
  lines_.clear();
  for (int n = 1; n <= 300; ++n) {
    suspended.id = subscription_id(n);
    outcomes_.warn_of_suspension_end(suspended, clock_.wall_now());
  }
  EXPECT_THAT(lines_, testing::SizeIs(10));
  lines_.clear();
  outcomes_.sweep_completed(SweepOf::Fleet);
  EXPECT_THAT(lines_, ElementsAre("WARN  suspension_ends  290 more suspensions end within a day "
                                  "(not logged one by one); /api/v1/subscriptions shows them  "
                                  "count=290"));
}

TEST_F(OutcomeLogTest, FailureIsToldWhenItStartsChangesAndEnds) {
  const Outcome server_error = samples::failed(1, Reason::ServerError, 500);
  EXPECT_THAT(lines(server_error), ElementsAre("WARN  failed  " + kWho +
                                               " cannot read  reason=ServerError "
                                               "http_status=500 request_id=failed-1"));
  EXPECT_THAT(lines(server_error), IsEmpty());
  EXPECT_THAT(lines(server_error), IsEmpty());
  EXPECT_THAT(lines(samples::failed(1, Reason::ServerError, 503)),
              ElementsAre(HasSubstr("http_status=503")));
  EXPECT_THAT(lines(samples::failed(1, Reason::Forbidden, 403)),
              ElementsAre(HasSubstr("ERROR failed")));
  EXPECT_THAT(lines(samples::failed(1, Reason::Forbidden, 403)), IsEmpty());
  EXPECT_THAT(lines(samples::in_sync(1)),
              ElementsAre("INFO  recovered  " + kWho + " recovered, state in_sync  repeated=1"));
  EXPECT_THAT(lines(samples::in_sync(1)), IsEmpty());
}

TEST_F(OutcomeLogTest, IdsOfAnAnswerAreNoNewFailure) {
  Outcome failure = samples::failed(1, Reason::ServerError, 500);
  lines(failure);
  failure.failure->trace.request_id = "another";
  failure.failure->message = "cannot read either";
  EXPECT_THAT(lines(failure), IsEmpty());
}

TEST_F(OutcomeLogTest, WithheldChangeIsToldWhenItStartsChangesAndEnds) {
  EXPECT_THAT(lines(samples::withheld(1, Reason::DisableBrake)),
              ElementsAre("WARN  withheld  " + kWho +
                          " promptEvidence: off -> on: waits for a "
                          "person  result=withheld reason=DisableBrake"));
  EXPECT_THAT(lines(samples::withheld(1, Reason::DisableBrake)), IsEmpty());
  EXPECT_THAT(lines(samples::withheld(1, Reason::Contested)),
              ElementsAre(HasSubstr("reason=Contested")));
  EXPECT_THAT(lines(samples::in_sync(1)),
              ElementsAre(HasSubstr("recovered  " + kWho + " promptEvidence no longer differs")));
}

TEST_F(OutcomeLogTest, CorrectionEndsAWithheldChangeWithoutASecondLine) {
  lines(samples::withheld(1, Reason::DisableBrake));
  EXPECT_THAT(lines(samples::corrected(1)), ElementsAre(HasSubstr("corrected")));
  EXPECT_THAT(lines(samples::in_sync(1)), IsEmpty());
}

TEST_F(OutcomeLogTest, FailureToReadDoesNotEndAWithheldChange) {
  lines(samples::withheld(1, Reason::DisableBrake));
  EXPECT_THAT(lines(samples::failed(1, Reason::Timeout, 0)), ElementsAre(HasSubstr("failed")));
  EXPECT_THAT(lines(samples::withheld(1, Reason::DisableBrake)), IsEmpty());
}

// Only a good state is a recovery: neither another trouble, nor a field of two.
TEST_F(OutcomeLogTest, RecoveredMeansInSync) {
  const auto contested = samples::withheld(1, Reason::Contested);
  lines(samples::failed(1, Reason::ChangeNotApplied, 0));
  EXPECT_THAT(lines(contested), ElementsAre(HasSubstr("withheld")));
  EXPECT_THAT(lines(samples::failed(1, Reason::ChangeNotApplied, 0)),
              ElementsAre(HasSubstr("failed")))
      << "the first one had ended";
  EXPECT_THAT(lines(contested), IsEmpty());

  Outcome only_plan = contested;
  const Field plan = Field::plan(kDeclaredPlan);
  only_plan.changes[0].drift = {plan, true, "off"};
  only_plan.drift_left = {only_plan.changes[0].drift};
  EXPECT_THAT(lines(only_plan), ElementsAre(HasSubstr("plan: off -> on")));
  EXPECT_THAT(lines(samples::in_sync(1)),
              ElementsAre(HasSubstr("recovered  " + kWho + " plan no longer differs"),
                          HasSubstr("recovered  " + kWho + " promptEvidence no longer differs"),
                          HasSubstr("recovered  " + kWho + " recovered, state in_sync")));
  EXPECT_THAT(lines(samples::in_sync(1)), IsEmpty());
}

// A change that ARM accepted and does not show has no new change while it is only read.
TEST_F(OutcomeLogTest, AFieldThatStillDiffersHasNotRecovered) {
  Outcome ignored = samples::withheld(1, Reason::ChangeNotApplied);
  ignored.changes[0].result = ChangeResult::Failed;
  ignored.failure = samples::failed(1, Reason::ChangeNotApplied, 0).failure;
  EXPECT_THAT(lines(ignored), ElementsAre(HasSubstr("change_failed"), HasSubstr("failed")));
  Outcome paused = ignored;
  paused.changes.clear();
  EXPECT_THAT(lines(paused), IsEmpty());
  EXPECT_THAT(lines(ignored), IsEmpty());
  Outcome confirmed = samples::corrected(1);
  EXPECT_THAT(lines(confirmed), ElementsAre(HasSubstr("corrected"), HasSubstr("recovered")));
}

TEST_F(OutcomeLogTest, RetryThatIsSoonToComeIsNoNews) {
  Outcome retry = samples::failed(1, Reason::UpdateInProgress, 409);
  retry.result = ReconcileResult::Retry;
  EXPECT_THAT(lines(retry), IsEmpty());
  EXPECT_THAT(lines(samples::in_sync(1)), IsEmpty());
  log_.set_level(LogLevel::Debug);
  EXPECT_THAT(lines(retry), ElementsAre(HasSubstr("DEBUG retry")));
}

TEST_F(OutcomeLogTest, AnOutageOfAThousandIsAFewLines) {
  std::vector<std::string> all;
  const auto record = [&](const Outcome& outcome) {
    const auto more = lines(outcome);
    all.insert(all.end(), more.begin(), more.end());
  };
  for (int n = 1; n <= 1000; ++n) record(samples::failed(n, Reason::ConnectionFailed, 0));
  ASSERT_EQ(all.size(), 12U) << "ten, the start, and the tenfold";
  EXPECT_EQ(all[10],
            "ERROR incident  incident (ConnectionFailed, Azure Resource Manager): 11 subscriptions "
            "and maybe more fail for one cause: cannot read. For example sub-1, sub-2, sub-3, "
            "sub-4, sub-5  reason=ConnectionFailed count=11");
  EXPECT_EQ(all[11],
            "ERROR incident  incident (ConnectionFailed, Azure Resource Manager): now 110 "
            "subscriptions  reason=ConnectionFailed count=110");
  for (int n = 1; n <= 1000; ++n) record(samples::failed(n, Reason::ConnectionFailed, 0));
  EXPECT_EQ(all.size(), 12U);
  clock_.advance(std::chrono::minutes(12));
  all.clear();
  for (int n = 1; n <= 1000; ++n) record(samples::in_sync(n));
  ASSERT_EQ(all.size(), 11U) << "those that had a line, and the end";
  EXPECT_THAT(all[9], HasSubstr("sub-10 (00000000-0000-4000-8000-000000000010) recovered"));
  EXPECT_THAT(all[10], AllOf(testing::StartsWith(
                                 "INFO  incident  incident ended (ConnectionFailed, Azure Resource "
                                 "Manager) after 12m: it hit 1000 subscriptions at once; 10 "
                                 "subscriptions still fail for this reason, for example sub-"),
                             testing::EndsWith("  reason=ConnectionFailed count=10")));
}

TEST_F(OutcomeLogTest, AnEditThatRemovesWhatFailsEndsTheIncident) {
  for (int n = 1; n <= 20; ++n) lines(samples::failed(n, Reason::Timeout, 0));
  lines_.clear();
  outcomes_.keep_only(samples::state_of({samples::declared(21)}));
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("incident ended")));
  EXPECT_THAT(incidents_.active(), IsEmpty());
}

TEST_F(OutcomeLogTest, OfManyWithheldChangesTenAreLoggedAndTheRestCounted) {
  std::size_t logged = 0;
  for (int n = 1; n <= 299; ++n) logged += lines(samples::withheld(n, Reason::ObserveMode)).size();
  EXPECT_EQ(logged, 10U);
  EXPECT_THAT(lines_, IsEmpty());
  outcomes_.sweep_completed(SweepOf::Fleet);
  EXPECT_THAT(lines_, ElementsAre("INFO  withheld  289 more changes (not logged one by one), "
                                  "reason ObserveMode; the status page and "
                                  "/api/v1/subscriptions show them  reason=ObserveMode count=289"));
  lines_.clear();
  outcomes_.sweep_completed(SweepOf::Fleet);
  EXPECT_THAT(lines_, IsEmpty()) << "once";
  for (int n = 1; n <= 299; ++n) logged += lines(samples::withheld(n, Reason::ObserveMode)).size();
  outcomes_.sweep_completed(SweepOf::Fleet);
  EXPECT_EQ(logged, 10U) << "nothing has changed";
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(OutcomeLogTest, AfterARestartWhatWasReportedHasNoLineAgain) {
  const Outcome withheld = samples::withheld(1, Reason::ObserveMode);
  OutcomeLog::Trouble trouble;
  trouble.changes.emplace(withheld.changes[0].drift.field, trouble_text(withheld.changes[0]));
  OutcomeLog::Earlier earlier;
  for (int n = 1; n <= 4; ++n) earlier.emplace(subscription_id(static_cast<unsigned>(n)), trouble);
  outcomes_.recall(std::move(earlier));
  EXPECT_THAT(lines(withheld), IsEmpty());
  EXPECT_THAT(lines(samples::in_sync(1)), ElementsAre(HasSubstr("no longer differs")));
  EXPECT_THAT(lines(samples::withheld(2, Reason::Suspended)), ElementsAre(HasSubstr("withheld")))
      << "for another reason";
  EXPECT_THAT(lines(samples::corrected(3)), ElementsAre(HasSubstr("corrected")));
  EXPECT_THAT(lines(samples::failed(4, Reason::Forbidden, 403)), ElementsAre(HasSubstr("failed")));
  EXPECT_THAT(lines(samples::withheld(4, Reason::ObserveMode)), IsEmpty())
      << "it was not observed meanwhile";
  EXPECT_THAT(lines(samples::withheld(5, Reason::ObserveMode)), ElementsAre(HasSubstr("withheld")))
      << "it was as declared before the restart";
}

TEST_F(OutcomeLogTest, ABrakeThatHoldsAgainAfterARestartHasNoLineAgain) {
  const Outcome held = samples::withheld(1, Reason::DisableBrake);
  OutcomeLog::Trouble trouble;
  trouble.changes.emplace(held.changes[0].drift.field, trouble_text(held.changes[0]));
  outcomes_.recall({{subscription_id(1), trouble}});
  EXPECT_THAT(lines(samples::withheld(1, Reason::FleetNotObserved)), IsEmpty());
  EXPECT_THAT(lines(held), IsEmpty());
  EXPECT_THAT(lines(samples::withheld(1, Reason::Suspended)), ElementsAre(HasSubstr("withheld")));
}

TEST_F(OutcomeLogTest, AWaitForTheFleetHasALineOnlyIfItLasts) {
  EXPECT_THAT(lines(samples::withheld(1, Reason::FleetNotObserved)), IsEmpty());
  EXPECT_THAT(lines(samples::in_sync(1)), IsEmpty()) << "nor has its end";
  EXPECT_THAT(lines(samples::withheld(2, Reason::FleetNotObserved)), IsEmpty());
  EXPECT_THAT(lines(samples::withheld(2, Reason::DisableBrake)),
              ElementsAre(HasSubstr("DisableBrake")));
  EXPECT_THAT(lines(samples::withheld(3, Reason::FleetNotObserved)), IsEmpty());
  EXPECT_THAT(lines(samples::withheld(3, Reason::FleetNotObserved)),
              ElementsAre(HasSubstr("FleetNotObserved")));
  EXPECT_THAT(lines(samples::withheld(3, Reason::FleetNotObserved)), IsEmpty());
  EXPECT_THAT(lines(samples::in_sync(3)), ElementsAre(HasSubstr("no longer differs")));
}

TEST_F(OutcomeLogTest, ARecalledIncidentGoesOnWhileNothingIsObserved) {
  constexpr int kCount = 300;
  restart_in_incident(kCount, Reason::Throttled, 429);
  for (int sweep = 0; sweep < 3; ++sweep) {
    for (int n = 1; n <= kCount; ++n) {
      Outcome retry = samples::failed(n, Reason::Throttled, 429);
      retry.result = ReconcileResult::Retry;
      EXPECT_THAT(lines(retry), IsEmpty());
    }
    outcomes_.sweep_completed(SweepOf::Fleet);
    EXPECT_THAT(lines_, IsEmpty());
  }
  EXPECT_EQ(incidents_.active().size(), 1U);
  std::vector<std::string> all;
  for (int n = 1; n <= kCount; ++n) {
    const auto more = lines(samples::in_sync(n));
    all.insert(all.end(), more.begin(), more.end());
  }
  EXPECT_THAT(all, ElementsAre(HasSubstr("incident ended (Throttled"))) << "and no line for each";
}

TEST_F(OutcomeLogTest, ARecalledIncidentThatTheNewRunFindsAgainGoesOn) {
  restart_in_incident(20, Reason::Timeout, 0);
  outcomes_.sweep_completed(SweepOf::Fleet);
  for (int n = 1; n <= 20; ++n)
    EXPECT_THAT(lines(samples::failed(n, Reason::Timeout, 0)), IsEmpty()) << n;
  ASSERT_EQ(incidents_.active().size(), 1U);
  EXPECT_EQ(incidents_.active().front().subscriptions, 20U);
}

TEST_F(OutcomeLogTest, WhatNoListShowsDoesNotKeepAnIncidentOpen) {
  restart_in_incident(20, Reason::Timeout, 0);
  outcomes_.sweep_completed(SweepOf::Entries);
  EXPECT_EQ(incidents_.active().size(), 1U);
  for (int n = 1; n <= 12; ++n) EXPECT_THAT(lines(samples::in_sync(n)), IsEmpty());
  // The scopes of a tenant that cannot be listed covered the others.
  std::vector<DesiredSubscription> declared;
  for (int n = 1; n <= 12; ++n) declared.push_back(samples::declared(n));
  outcomes_.keep_only(samples::state_of(declared));
  outcomes_.sweep_completed(SweepOf::Listed);
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("incident ended")));
  lines_.clear();
  outcomes_.keep_only(samples::state_of({samples::declared(1), samples::declared(20)}));
  EXPECT_THAT(lines(samples::in_sync(20)), IsEmpty()) << "it was a part of the incident";
}

TEST_F(OutcomeLogTest, EverythingThatWasWrittenHasItsLine) {
  std::size_t logged = 0;
  for (int n = 1; n <= 50; ++n) logged += lines(samples::corrected(n)).size();
  EXPECT_EQ(logged, 50U);
}

TEST_F(OutcomeLogTest, WhatWasWrittenBeforeARetryIsLogged) {
  Outcome retry = samples::corrected(1);
  retry.result = ReconcileResult::Retry;
  retry.failure = samples::failed(1, Reason::UpdateInProgress, 409).failure;
  EXPECT_THAT(lines(retry), ElementsAre(HasSubstr("INFO  corrected  " + kWho)));
}

TEST_F(OutcomeLogTest, SubscriptionsAreApart) {
  lines(samples::failed(1, Reason::Forbidden, 403));
  EXPECT_THAT(lines(samples::failed(2, Reason::Forbidden, 403)), ElementsAre(HasSubstr("sub-2")));
}

TEST_F(OutcomeLogTest, WhatLeftTheYamlIsForgotten) {
  lines(samples::failed(1, Reason::Forbidden, 403));
  lines(samples::failed(2, Reason::Forbidden, 403));
  outcomes_.keep_only(samples::state_of({samples::declared(2)}));
  EXPECT_THAT(lines(samples::failed(1, Reason::Forbidden, 403)), ElementsAre(HasSubstr("failed")));
  EXPECT_THAT(lines(samples::failed(2, Reason::Forbidden, 403)), IsEmpty());
}

TEST_F(OutcomeLogTest, WhatTheServiceSwitchedOnIsTold) {
  Outcome outcome = samples::corrected(1);
  outcome.switched_on_by_service = {"AIModelScanner", "New"};
  EXPECT_THAT(lines(outcome),
              ElementsAre(HasSubstr("corrected"), HasSubstr("AIModelScanner, New")));
}

// Whoever logs may wait, and meanwhile other workers record theirs.
TEST_F(OutcomeLogTest, LogsNothingWhileItHoldsItsLock) {
  int logged = 0;
  OutcomeLog* other = nullptr;
  Logger log(LogLevel::Info, LogFormat::Text, clock_, [&](std::string_view) {
    ++logged;
    auto recorded = std::async(std::launch::async, [&] { other->record(samples::in_sync(2)); });
    EXPECT_TRUE(eventually("the other worker has recorded", recorded));
  });
  Incidents incidents(clock_);
  OutcomeLog outcomes(log, incidents);
  other = &outcomes;
  outcomes.record(samples::corrected(1));
  outcomes.record(samples::failed(1, Reason::Forbidden, 403));
  EXPECT_EQ(logged, 2);
}

}  // namespace
}  // namespace defenderd
