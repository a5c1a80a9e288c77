// Which subscriptions have series, and what of a subscription differs.

#include "telemetry/subscription_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "telemetry/metrics.h"
#include "telemetry/samples.h"

namespace defenderd {
namespace {

using samples::at;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;
using testing::UnorderedElementsAre;

class SubscriptionMetricsTest : public testing::Test {
 protected:
  void declare(const std::vector<DesiredSubscription>& subscriptions) {
    board_.set_desired(samples::state_of(subscriptions), at(0));
  }
  void record(const Outcome& outcome) { board_.record(outcome, at(1), std::nullopt, 0); }
  void find(int n, bool accepted = false) {
    Finding finding;
    finding.subscription = subscription_id(static_cast<unsigned>(n));
    finding.subscription_name = "sub-" + std::to_string(n);
    if (accepted) finding.accepted.emplace();
    findings_->findings.push_back(finding);
  }
  [[nodiscard]] std::vector<std::string> lines(SubscriptionSeries series) const {
    Metrics::Options options{.series = series};
    options.findings = [this] { return findings_; };
    const Metrics metrics(board_, coverage_, options);
    std::istringstream text(metrics.render(ExpositionFormat::Prometheus));
    std::vector<std::string> result;
    for (std::string line; std::getline(text, line);) {
      if (!line.starts_with('#') && !line.starts_with("process_")) result.push_back(line);
    }
    return result;
  }
  // By name of the subscription: its families.
  [[nodiscard]] std::map<std::string, std::set<std::string>> families(
      SubscriptionSeries series) const {
    std::map<std::string, std::set<std::string>> result;
    for (const std::string& line : lines(series)) {
      const std::size_t name = line.find(",name=\"");
      if (!line.starts_with("defenderd_") || name == std::string::npos) continue;
      result[line.substr(name + 7, line.find('"', name + 7) - name - 7)].insert(
          line.substr(10, line.find('{') - 10));
    }
    return result;
  }
  [[nodiscard]] std::vector<std::string> sums(SubscriptionSeries series) const {
    std::vector<std::string> result = lines(series);
    std::erase_if(result, [](const std::string& line) {
      return line.find("subscription_id=\"") != std::string::npos;
    });
    return result;
  }
  [[nodiscard]] std::vector<std::string> drift() const {
    std::vector<std::string> result;
    for (const std::string& line : lines(SubscriptionSeries::All)) {
      if (line.starts_with("defenderd_subscription_drift{"))
        result.push_back(line.substr(line.find(",field=") + 1));
    }
    return result;
  }

  StatusBoard board_;
  CoverageBoard coverage_;
  std::shared_ptr<FindingsSnapshot> findings_ = std::make_shared<FindingsSnapshot>();
};

Outcome suspended(int n) {
  Outcome outcome = samples::in_sync(n);
  outcome.state = State::Suspended;
  outcome.reason = Reason::Suspended;
  return outcome;
}

TEST_F(SubscriptionMetricsTest, OnlyWhatIsDifferentHasSeries) {
  RememberedRow earlier{subscription_id(9), {State::Drifted, at(0)}, Known::Different};
  RememberedRow good{subscription_id(10), {State::InSync, at(0)}, Known::AsDeclared};
  good.last_change = at(0);
  board_.recall({.others = {earlier, good}});
  std::vector<DesiredSubscription> fleet;
  for (int n = 1; n <= 11; ++n) fleet.push_back(samples::declared(n));
  declare(fleet);
  record(samples::in_sync(1));
  record(samples::corrected(2));
  record(samples::withheld(3, Reason::ObserveMode));
  record(samples::failed(4, Reason::Forbidden, 403));
  record(suspended(5));
  record(samples::in_sync(7));
  find(7);
  record(samples::in_sync(8));
  find(8, true);
  const auto different = families(SubscriptionSeries::Different);
  EXPECT_THAT(different, UnorderedElementsAre(Key("sub-3"), Key("sub-4"), Key("sub-5"),
                                              Key("sub-7"), Key("sub-9")))
      << "1, 2 and 8 are as declared; 6, 10 and 11 were not observed yet";
  const auto all = families(SubscriptionSeries::All);
  EXPECT_EQ(all.size(), 11U);
  for (const auto& [name, names] : different) {
    EXPECT_EQ(names, all.at(name)) << name << " has all of its series";
    EXPECT_THAT(names, Contains("subscription_info")) << "joins work";
  }
  EXPECT_THAT(different.at("sub-7"), Contains("subscription_findings"));
  EXPECT_EQ(sums(SubscriptionSeries::Different), sums(SubscriptionSeries::All));
  EXPECT_THAT(families(SubscriptionSeries::None), IsEmpty());
  EXPECT_EQ(sums(SubscriptionSeries::None), sums(SubscriptionSeries::All));
}

TEST_F(SubscriptionMetricsTest, WhatIsAsDeclaredAgainHasNoSeriesFromTheNextScrape) {
  declare({samples::declared(1), samples::declared(2)});
  record(samples::withheld(1, Reason::DisableBrake));
  record(samples::in_sync(2));
  EXPECT_THAT(families(SubscriptionSeries::Different), UnorderedElementsAre(Key("sub-1")));
  record(samples::corrected(1));
  EXPECT_THAT(families(SubscriptionSeries::Different), IsEmpty());
  EXPECT_THAT(lines(SubscriptionSeries::Different),
              Contains("defenderd_subscriptions{state=\"in_sync\"} 2"));
}

TEST_F(SubscriptionMetricsTest, EachFieldThatDiffersIsShown) {
  DesiredSubscription desired = samples::declared(1);
  desired.extensions = {{"AIModelScanner", true}, {"AINew", true}, {"AINewer", false}};
  desired.mode = Mode::Observe;
  declare({desired});
  Outcome outcome = samples::withheld(1, Reason::ObserveMode);
  outcome.desired = desired;
  outcome.observed = free_plan();
  outcome.drift_left = diff(desired, free_plan());
  record(outcome);
  EXPECT_THAT(drift(), ElementsAre(R"(field="plan",mode="observe"} 1)",
                                   R"(field="modelScanner",mode="observe"} 1)",
                                   R"(field="other",mode="observe"} 1)"));
  outcome.observed = standard_plan({{"AINewer", true}});
  outcome.drift_left = diff(desired, *outcome.observed);
  record(outcome);
  EXPECT_THAT(drift(), ElementsAre(R"(field="modelScanner",mode="observe"} 1)",
                                   R"(field="other",mode="observe"} 2)"));
  record(samples::failed(1, Reason::Forbidden, 403));
  EXPECT_THAT(drift(), IsEmpty()) << "what is not known is no drift";
}

}  // namespace
}  // namespace defenderd
