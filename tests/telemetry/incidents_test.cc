#include "telemetry/incidents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "support/damaged_text.h"
#include "support/fake_clock.h"
#include "telemetry/incidents_section.h"
#include "telemetry/samples.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = Incidents::Notice::Kind;

class IncidentsTest : public testing::Test {
 protected:
  // `n` fails; what is to be reported.
  std::vector<Kind> fail(int n, Reason reason = Reason::Timeout) {
    Failure failure;
    failure.reason = reason;
    failure.message = reason == Reason::ServerError ? "status 503" : "no answer";
    last_ = incidents_.failed(samples::declared(n), failure);
    return kinds();
  }
  std::vector<Kind> recover(int n) {
    last_ = incidents_.recovered(subscription_id(n));
    return kinds();
  }
  std::vector<Kind> kinds() const {
    std::vector<Kind> result;
    for (const auto& notice : last_.notices) result.push_back(notice.kind);
    return result;
  }

  FakeClock clock_;
  Incidents incidents_{clock_};
  Incidents::News last_;
};

TEST_F(IncidentsTest, TenAreReportedOneByOneAndTheEleventhStartsAnIncident) {
  for (int n = 1; n <= 10; ++n) {
    EXPECT_THAT(fail(n), IsEmpty()) << n;
    EXPECT_FALSE(last_.part_of_incident) << n;
  }
  EXPECT_THAT(incidents_.active(), IsEmpty());
  EXPECT_THAT(fail(11), ElementsAre(Kind::Started));
  EXPECT_TRUE(last_.part_of_incident);
  ASSERT_THAT(incidents_.active(), SizeIs(1));
  const Incident incident = incidents_.active().front();
  EXPECT_EQ(incident.cause, (Cause{Reason::Timeout, "Azure Resource Manager"}));
  EXPECT_EQ(incident.subscriptions, 11U);
  EXPECT_EQ(incident.message, "no answer");
  EXPECT_THAT(incident.examples, ElementsAre("sub-1", "sub-2", "sub-3", "sub-4", "sub-5"));
}

TEST_F(IncidentsTest, ATenfoldIsReportedAndNothingElse) {
  std::size_t notices = 0;
  for (int n = 1; n <= 2000; ++n) notices += fail(n).size();
  EXPECT_EQ(notices, 3U) << "at 11, 110 and 1,100";
  for (int n = 1; n <= 2000; ++n) notices += fail(n).size();
  EXPECT_EQ(notices, 3U) << "they fail again";
  EXPECT_EQ(incidents_.active().front().most, 2000U);
}

TEST_F(IncidentsTest, ThoseThatEndedAreKeptForAMonthAndOverARestart) {
  const WallTime start = clock_.wall_now();
  for (int n = 1; n <= 11; ++n) fail(n);
  clock_.advance(90s);
  const std::uint64_t revision = incidents_.revision();
  for (int n = 1; n <= 11; ++n) recover(n);
  EXPECT_GT(incidents_.revision(), revision);
  EXPECT_THAT(incidents_.active(), IsEmpty());
  ASSERT_THAT(incidents_.ended(), SizeIs(1));
  const EndedIncident ended = incidents_.ended().front();
  EXPECT_EQ(ended.incident.since, start);
  EXPECT_EQ(ended.ended, start + 90s);
  EXPECT_EQ(ended.incident.most, 11U);

  Incidents after(clock_);
  const auto read = parse_ended_incidents_section(format(incidents_.ended()));
  ASSERT_TRUE(read) << read.error().message;
  after.recall_ended(*read);
  ASSERT_THAT(after.ended(), SizeIs(1));
  EXPECT_EQ(after.ended().front().ended, ended.ended);
  EXPECT_EQ(after.ended().front().incident.message, "no answer");
  clock_.advance(31 * 24h);
  after.recall_ended(*read);
  EXPECT_THAT(after.ended(), IsEmpty());
  after.recall_ended(std::vector<EndedIncident>(1000, {ended.incident, clock_.wall_now()}));
  EXPECT_THAT(after.ended(), SizeIs(kEndedIncidents));
  EXPECT_FALSE(parse_ended_incidents_section(format(incidents_.active()) + "x"));
}

TEST_F(IncidentsTest, EndsWhenFewStillFail) {
  for (int n = 1; n <= 200; ++n) fail(n);
  clock_.advance(90s);
  std::vector<Kind> reported;
  int recovered = 0;
  while (reported.empty() && recovered < 200) reported = recover(++recovered);
  EXPECT_EQ(recovered, 190);
  EXPECT_THAT(reported, ElementsAre(Kind::Ended));
  EXPECT_EQ(last_.notices.front().lasted, 90s);
  EXPECT_EQ(last_.notices.front().incident.most, 200U);
  EXPECT_EQ(last_.notices.front().incident.subscriptions, 10U);
  EXPECT_THAT(incidents_.active(), IsEmpty());
  for (int n = 191; n <= 200; ++n) EXPECT_THAT(recover(n), IsEmpty());
}

TEST_F(IncidentsTest, ASmallOneEndsWhenFiveOrFewerStillFail) {
  for (int n = 1; n <= 12; ++n) fail(n);
  for (int n = 1; n <= 6; ++n) EXPECT_THAT(recover(n), IsEmpty());
  EXPECT_THAT(recover(7), ElementsAre(Kind::Ended));
  EXPECT_EQ(last_.notices.front().incident.subscriptions, 5U);
  EXPECT_THAT(last_.notices.front().incident.examples,
              testing::UnorderedElementsAre("sub-8", "sub-9", "sub-10", "sub-11", "sub-12"));
  EXPECT_THAT(fail(1), IsEmpty()) << "one more is no new incident";
}

TEST_F(IncidentsTest, TheExamplesAreOfThoseThatFailNow) {
  for (int n = 1; n <= 200; ++n) fail(n);
  for (int n = 1; n <= 150; ++n) recover(n);
  ASSERT_THAT(incidents_.active(), SizeIs(1));
  const auto examples = incidents_.active().front().examples;
  EXPECT_THAT(std::set(examples.begin(), examples.end()), SizeIs(5)) << "each once";
  for (const std::string& name : examples) EXPECT_GT(std::stoi(name.substr(4)), 150) << name;
}

TEST_F(IncidentsTest, OneThatFailsAgainAndAgainIsNoIncident) {
  for (int i = 0; i < 50; ++i) {
    EXPECT_THAT(fail(1), IsEmpty());
    recover(1);
  }
}

TEST_F(IncidentsTest, FailuresThatComeSlowlyAreNoIncident) {
  incidents_.set_window(5min);
  for (int n = 1; n <= 100; ++n) {
    EXPECT_THAT(fail(n), IsEmpty());
    clock_.advance(31s);
  }
}

TEST_F(IncidentsTest, AnotherCauseIsAnotherIncident) {
  for (int n = 1; n <= 30; ++n) fail(n);
  std::vector<Kind> reported;
  for (int n = 1; n <= 30; ++n) {
    const auto more = fail(n, Reason::Forbidden);
    reported.insert(reported.end(), more.begin(), more.end());
  }
  EXPECT_THAT(reported, ElementsAre(Kind::Started, Kind::Ended));
  ASSERT_THAT(incidents_.active(), SizeIs(1));
  EXPECT_EQ(incidents_.active().front().cause.reason, Reason::Forbidden);
  EXPECT_EQ(incidents_.active().front().subscriptions, 30U);
}

TEST_F(IncidentsTest, AnOutageThatShowsItselfInAnotherWayIsTheSameIncident) {
  const WallTime start = clock_.wall_now();
  for (int n = 1; n <= 30; ++n) fail(n);
  clock_.advance(90s);
  std::vector<std::pair<int, Kind>> reported;
  for (int n = 1; n <= 30; ++n)
    for (const Kind kind : fail(n, Reason::ServerError)) {
      reported.emplace_back(n, kind);
      EXPECT_EQ(last_.notices[0].before, Reason::Timeout);
      EXPECT_EQ(last_.notices[0].lasted, Duration(90s));
    }
  EXPECT_THAT(reported, ElementsAre(testing::Pair(25, Kind::Changed))) << "five still time out";
  ASSERT_THAT(incidents_.active(), SizeIs(1));
  EXPECT_EQ(incidents_.active()[0].cause, (Cause{Reason::ServerError, "Azure Resource Manager"}));
  EXPECT_EQ(incidents_.active()[0].message, "status 503");
  EXPECT_EQ(incidents_.active()[0].since, start);
  EXPECT_EQ(incidents_.active()[0].subscriptions, 30U);
  for (int n = 1; n <= 24; ++n) EXPECT_THAT(recover(n), IsEmpty());
  EXPECT_THAT(recover(25), ElementsAre(Kind::Ended));
}

TEST_F(IncidentsTest, AnOutageThatShowsItselfInTurnsIsReportedOncePerWayAndTenMinutes) {
  std::vector<Kind> reported;
  std::set<Reason> reasons;
  for (int minute = 0; minute < 60; ++minute) {
    for (int n = 1; n <= 30; ++n) {
      const auto more = fail(n, minute % 2 == 0 ? Reason::ConnectionFailed : Reason::ServerError);
      reported.insert(reported.end(), more.begin(), more.end());
    }
    clock_.advance(1min);
    EXPECT_THAT(incidents_.active(), SizeIs(1));
  }
  EXPECT_THAT(reported, SizeIs(testing::AllOf(testing::Ge(2), testing::Le(7))));
  EXPECT_EQ(reported[0], Kind::Started);
  for (std::size_t i = 1; i < reported.size(); ++i) EXPECT_EQ(reported[i], Kind::Changed) << i;
}

TEST_F(IncidentsTest, FailuresOfOneOutageCountTogether) {
  for (int n = 1; n <= 6; ++n) EXPECT_THAT(fail(n, Reason::ServerError), IsEmpty());
  for (int n = 7; n <= 10; ++n) EXPECT_THAT(fail(n), IsEmpty());
  EXPECT_THAT(fail(11), ElementsAre(Kind::Started));
  EXPECT_EQ(incidents_.active()[0].cause.reason, Reason::ServerError) << "of six, and not of five";
  EXPECT_EQ(incidents_.active()[0].message, "status 503");
}

TEST_F(IncidentsTest, AfterARestartAnOutageMayShowItselfInAnotherWay) {
  for (int n = 1; n <= 20; ++n) fail(n);
  Incidents after(clock_);
  after.recall(incidents_.active());
  EXPECT_TRUE(after.was_recalled(Reason::ServerError));
  Failure failure;
  failure.reason = Reason::ServerError;
  failure.message = "status 503";
  for (int n = 1; n <= 19; ++n) {
    last_ = after.failed(samples::declared(n), failure);
    EXPECT_THAT(kinds(), IsEmpty()) << "those that were not observed yet may still time out";
    EXPECT_TRUE(last_.part_of_incident);
    last_ = after.observed_again({Reason::Timeout});
    EXPECT_THAT(kinds(), IsEmpty());
  }
  last_ = after.observed_again({});
  EXPECT_THAT(kinds(), IsEmpty());
  last_ = after.failed(samples::declared(20), failure);
  EXPECT_THAT(kinds(), ElementsAre(Kind::Changed));
  EXPECT_EQ(after.active()[0].since, incidents_.active()[0].since);
}

TEST_F(IncidentsTest, WhatNeverFailedMayRecover) { EXPECT_THAT(recover(1), IsEmpty()); }

TEST_F(IncidentsTest, AnIncidentGoesOnAfterARestart) {
  for (int n = 1; n <= 20; ++n) fail(n);
  const auto read = parse_incidents_section(format(incidents_.active()));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_THAT(*read, SizeIs(1));
  clock_.advance(10min);
  Incidents after(clock_);
  after.recall(*read);
  Failure failure;
  failure.reason = Reason::Timeout;
  for (int n = 1; n <= 20; ++n) {
    last_ = after.failed(samples::declared(n), failure);
    EXPECT_THAT(kinds(), IsEmpty()) << "it is no news";
    EXPECT_TRUE(last_.part_of_incident);
  }
  last_ = after.observed_again({});
  EXPECT_THAT(kinds(), IsEmpty());
  ASSERT_THAT(after.active(), SizeIs(1));
  EXPECT_EQ(after.active()[0].since, incidents_.active()[0].since);
  EXPECT_THAT(after.active()[0].examples, SizeIs(5));
  for (int n = 1; n <= 15; ++n) last_ = after.recovered(subscription_id(n));
  ASSERT_THAT(kinds(), ElementsAre(Kind::Ended));
  EXPECT_EQ(last_.notices[0].lasted, Duration(10min));
}

TEST_F(IncidentsTest, AfterARestartItCountsThoseBeforeUntilTheyWereObserved) {
  for (int n = 1; n <= 40; ++n) fail(n);
  for (int n = 1; n <= 10; ++n) recover(n);
  Incidents after(clock_);
  after.recall(*parse_incidents_section(format(incidents_.active())));
  const auto shown = [&] { return after.active().at(0); };
  EXPECT_TRUE(shown().recalled);
  EXPECT_EQ(shown().subscriptions, 30U) << "not the 40 at its height";
  Failure failure;
  failure.reason = Reason::Timeout;
  for (int n = 11; n <= 32; ++n) (void)after.failed(samples::declared(n), failure);
  (void)after.recovered(subscription_id(11));
  EXPECT_EQ(shown().subscriptions, 30U) << "the others were not observed yet";
  const auto again = parse_incidents_section(format(after.active()));
  EXPECT_EQ(again->at(0).subscriptions, 30U) << "nor would they be after another restart";
  const std::uint64_t known = after.revision();
  last_ = after.observed_again({});
  EXPECT_THAT(kinds(), IsEmpty());
  EXPECT_FALSE(shown().recalled);
  EXPECT_EQ(shown().subscriptions, 21U);
  EXPECT_GT(after.revision(), known);
}

TEST_F(IncidentsTest, AfterARestartMoreMayFailThanBefore) {
  for (int n = 1; n <= 12; ++n) fail(n);
  Incidents after(clock_);
  after.recall(*parse_incidents_section(format(incidents_.active())));
  Failure failure;
  failure.reason = Reason::Timeout;
  for (int n = 1; n <= 20; ++n) (void)after.failed(samples::declared(n), failure);
  EXPECT_EQ(after.active().at(0).subscriptions, 20U);
  EXPECT_EQ(after.active().at(0).most, 20U);
}

TEST_F(IncidentsTest, AnIncidentThatEndedWhileItWasStoppedIsReportedAsEnded) {
  for (int n = 1; n <= 20; ++n) fail(n);
  Incidents after(clock_);
  after.recall(incidents_.active());
  Failure failure;
  failure.reason = Reason::Timeout;
  (void)after.failed(samples::declared(1), failure);
  last_ = after.recovered(subscription_id(1));
  EXPECT_THAT(kinds(), IsEmpty()) << "the others have not been observed yet";
  EXPECT_THAT(after.active(), SizeIs(1));
  clock_.advance(1min);
  last_ = after.observed_again({});
  ASSERT_THAT(kinds(), ElementsAre(Kind::Ended));
  EXPECT_EQ(last_.notices[0].lasted, Duration(1min));
  EXPECT_THAT(after.active(), IsEmpty());
}

TEST_F(IncidentsTest, AnIncidentIsNotOverBeforeThoseThatFailedWereObservedAgain) {
  for (int n = 1; n <= 20; ++n) fail(n, Reason::Throttled);
  for (int n = 21; n <= 40; ++n) fail(n);
  Incidents after(clock_);
  EXPECT_FALSE(after.was_recalled(Reason::Throttled));
  after.recall(incidents_.active());
  last_ = after.observed_again({Reason::Throttled});
  ASSERT_THAT(kinds(), ElementsAre(Kind::Ended));
  EXPECT_EQ(last_.notices[0].incident.cause.reason, Reason::Timeout);
  last_ = after.observed_again({});
  ASSERT_THAT(kinds(), ElementsAre(Kind::Ended));
  EXPECT_TRUE(after.was_recalled(Reason::Throttled)) << "also once it has ended";
  EXPECT_FALSE(after.was_recalled(Reason::Forbidden));
}

TEST(IncidentsSection, AnUnknownFormIsAnError) {
  const Incident incident{
      {Reason::Timeout, "Azure Resource Manager"}, samples::at(1), 3, 12, "no answer", {"a", "b"}};
  const std::string good = format(std::vector{incident});
  ASSERT_TRUE(parse_incidents_section(good));
  expect_rejects_each(good,
                      {{good, "{}"},
                       {"\"Timeout\"", "\"Tired\""},
                       {"2026-01-01T", "x"},
                       {"\"most\":12", R"("most":"12")"},
                       {"[\"a\"", "[1"}},
                      parse_incidents_section);
}

}  // namespace
}  // namespace defenderd
