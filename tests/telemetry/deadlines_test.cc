#include "telemetry/deadlines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "telemetry/metrics.h"
#include "telemetry/samples.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using samples::at;
using testing::HasSubstr;
using testing::Not;

constexpr auto kDay = 24h;

class DeadlinesTest : public testing::Test {
 protected:
  void declare(const std::vector<DesiredSubscription>& subscriptions) {
    board_.set_desired(samples::state_of(subscriptions), at(0));
  }
  // Observed at minute 1.
  void observe(int n, const std::string& trial, bool plan = true) {
    Outcome outcome = samples::in_sync(n);
    outcome.observed = samples::pricing(plan, true);
    outcome.observed->free_trial_remaining = trial;
    board_.record(outcome, at(1), std::nullopt, 0);
  }
  Deadlines at_time(WallTime now) const {
    Deadlines deadlines;
    for (const auto& row : board_.snapshot().rows) deadlines.add(*row, now);
    return deadlines;
  }

  StatusBoard board_;
};

TEST_F(DeadlinesTest, SuspensionsAreActiveEndingOrExpired) {
  std::vector<DesiredSubscription> fleet;
  int n = 0;
  for (const auto left : {-1s, 0s, 1s, 86400s, 86401s, 864000s}) {
    DesiredSubscription one = samples::declared(++n);
    one.suspend = Suspension{at(0) + left};
    fleet.push_back(one);
  }
  fleet.push_back(samples::declared(++n));
  declare(fleet);
  const Deadlines deadlines = at_time(at(0));
  EXPECT_EQ(deadlines.suspensions.expired, 2U);
  EXPECT_EQ(deadlines.suspensions.ending, 2U);
  EXPECT_EQ(deadlines.suspensions.active, 2U);
}

TEST_F(DeadlinesTest, ATrialEndsAsLongAfterTheObservationAsAzureSaid) {
  declare({samples::declared(1), samples::declared(2), samples::declared(3)});
  observe(1, "P10D");
  observe(2, "P4DT1H");
  observe(3, "PT0S");
  const Deadlines deadlines = at_time(at(1));
  EXPECT_EQ(deadlines.trials, 2U);
  EXPECT_EQ(deadlines.trials_ending, 1U);
  EXPECT_EQ(deadlines.first_trial_end, at(1) + kDay * 4 + 1h);
  EXPECT_EQ(at_time(at(1) + kDay * 5).trials, 1U) << "the other is over";
}

TEST_F(DeadlinesTest, WhatIsOffOrNotReadableIsNoTrial) {
  declare({samples::declared(1), samples::declared(2), samples::declared(3), samples::declared(4)});
  observe(1, "P30D", false);
  observe(2, "soon");
  observe(3, "");
  const Deadlines deadlines = at_time(at(1));
  EXPECT_EQ(deadlines.trials, 0U);
  EXPECT_EQ(deadlines.first_trial_end, std::nullopt);
}

TEST_F(DeadlinesTest, AreMetrics) {
  DesiredSubscription suspended = samples::declared(2);
  suspended.suspend = Suspension{at(5)};
  declare({samples::declared(1), suspended});
  WallTime now = at(2);
  CoverageBoard coverage;
  const Metrics metrics(board_, coverage, {.now = [&] { return now; }});
  EXPECT_THAT(metrics.render(ExpositionFormat::Prometheus),
              Not(HasSubstr("\ndefenderd_free_trial_first_end_timestamp_seconds ")));
  observe(1, "P2D");
  const std::string text = metrics.render(ExpositionFormat::Prometheus);
  EXPECT_THAT(text, HasSubstr("\ndefenderd_suspensions{status=\"ending\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\ndefenderd_free_trials{status=\"ending\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\ndefenderd_free_trials{status=\"active\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("\ndefenderd_free_trial_first_end_timestamp_seconds 1767398460\n"));
  now = at(6);
  EXPECT_THAT(metrics.render(ExpositionFormat::Prometheus),
              HasSubstr("\ndefenderd_suspensions{status=\"expired\"} 1\n"));
}

}  // namespace
}  // namespace defenderd
