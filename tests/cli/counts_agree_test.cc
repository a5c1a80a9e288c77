// The same numbers everywhere: /metrics, /api/v1/status, /api/v1/subscriptions (the page's data),
// and the summary and the JSON of `diff`, in mixed worlds.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "app/safety_rules.h"
#include "app/wired_fleet.h"
#include "cli/fleet_sweep.h"
#include "cli/sweep_counts.h"
#include "cli/sweep_report.h"
#include "server/api.h"
#include "server/endpoints.h"

namespace defenderd {
namespace {

using nlohmann::json;
using std::chrono::minutes;

// What differs of each subscription, as labels of fields.
using Fields = std::map<std::string, std::multiset<std::string>>;

// Of a fleet, as one of its readers sees it.
struct Numbers {
  std::map<std::string, std::size_t> known;       // as_declared, different, not_known
  std::map<std::string, std::size_t> last_known;  // of those not known
  std::map<std::string, std::size_t> by_state;
  std::map<std::string, std::size_t> by_reason;
  Fields fields;
  bool operator==(const Numbers&) const = default;
};

void PrintTo(const Numbers& numbers, std::ostream* out) {
  *out << "known " << testing::PrintToString(numbers.known) << "\nlast known "
       << testing::PrintToString(numbers.last_known) << "\nby state "
       << testing::PrintToString(numbers.by_state) << "\nby reason "
       << testing::PrintToString(numbers.by_reason) << "\nfields "
       << testing::PrintToString(numbers.fields);
}

std::string label_of(const std::string& field) {
  return std::string(Field::parse(kDeclaredPlan, field).label());
}

using Counts = std::map<std::string, std::size_t>;

Counts without_zeros(Counts counts) {
  std::erase_if(counts, [](const auto& item) { return item.second == 0; });
  return counts;
}

class CountsAgree : public WiredFleet {
 protected:
  void declare_world(const std::vector<DesiredSubscription>& world) {
    world_ = world;
    declare(world);
  }

  [[nodiscard]] Numbers of_status() const {
    const json status =
        json::parse(api_status(board_.snapshot(), DaemonStatus(), clock_.wall_now(), false).body);
    Numbers numbers;
    const json& known = status["known"];
    numbers.known = {{"as_declared", known["asDeclared"]},
                     {"different", known["different"]},
                     {"not_known", known["notKnown"]}};
    numbers.last_known = {{"as_declared", known["lastKnown"]["asDeclared"]},
                          {"different", known["lastKnown"]["different"]},
                          {"never_seen", known["lastKnown"]["neverSeen"]}};
    numbers.by_state = status["byState"].get<Counts>();
    numbers.by_reason = status["byReason"].get<Counts>();
    EXPECT_EQ(status["subscriptions"], world_.size());
    return cleaned(numbers);
  }

  // The page's rows.
  [[nodiscard]] Numbers of_rows() const {
    Request request;
    request.query = {{"limit", "1000"}};
    const json list = json::parse(api_subscriptions(board_.snapshot(), request).body);
    Numbers numbers;
    EXPECT_EQ(list["total"], world_.size());
    for (const json& row : list["items"]) {
      ++numbers.known[row["known"]];
      if (row["known"] == "not_known") ++numbers.last_known[row["lastKnown"]];
      ++numbers.by_state[row["state"]];
      ++numbers.by_reason[row["reason"]];
      if (row["known"] == "as_declared") {
        EXPECT_TRUE(row["drift"].empty()) << row.dump(2);
      } else if (row["known"] == "different") {
        EXPECT_FALSE(row["drift"].empty()) << row.dump(2);
        for (const json& drift : row["drift"])
          numbers.fields[row["id"]].insert(label_of(drift["field"]));
      }
    }
    return cleaned(numbers);
  }

  [[nodiscard]] Numbers of_metrics() const {
    Numbers numbers;
    static const std::regex sample(R"re(defenderd_(\w+)\{(.*)\} (\d+))re");
    static const std::regex label(R"re((\w+)="([^"]*)")re");
    std::istringstream text(metrics_.render(ExpositionFormat::Prometheus));
    Counts in_sync;
    for (std::string line; std::getline(text, line);) {
      std::smatch match;
      if (!std::regex_match(line, match, sample)) continue;
      const std::string name = match[1];
      const auto value = static_cast<std::size_t>(std::stoul(match[3]));
      const std::string text_of_labels = match[2];
      std::map<std::string, std::string> labels;
      for (std::sregex_iterator it(text_of_labels.begin(), text_of_labels.end(), label), end;
           it != end; ++it)
        labels[(*it)[1]] = (*it)[2];
      if (name == "subscriptions_known") numbers.known[labels["value"]] = value;
      if (name == "subscriptions_last_known") numbers.last_known[labels["value"]] = value;
      if (name == "subscriptions") numbers.by_state[labels["state"]] = value;
      if (name == "subscriptions_by_reason") numbers.by_reason[labels["reason"]] = value;
      if (name == "subscription_in_sync") in_sync["as_declared"] += value;
      if (name == "subscription_drift") {
        for (std::size_t i = 0; i < value; ++i)
          numbers.fields[labels["subscription_id"]].insert(labels["field"]);
      }
    }
    EXPECT_EQ(in_sync["as_declared"], numbers.known["as_declared"]);
    return cleaned(numbers);
  }

  // Of what a `diff` of the same Azure prints and writes; it has no memory of what was known.
  [[nodiscard]] Numbers of_diff() {
    FleetSweep::Options options;
    options.permit = permit_;
    options.plan_only = true;
    options.safety = safety_rules(Settings());
    FleetSweep sweep(store_, clock_, state_of(world_), options);
    const SweepResult result = sweep.run({});
    const json diff = json::parse(as_json(result, "Diff"));
    Numbers numbers;
    numbers.known = {{"as_declared", diff["summary"]["inSync"]},
                     {"different", diff["summary"]["differ"]},
                     {"not_known", diff["summary"]["notObserved"]}};
    EXPECT_EQ(diff["summary"]["subscriptions"], world_.size());
    for (const json& subscription : diff["subscriptions"]) {
      for (const json& change : subscription["changes"])
        numbers.fields[subscription["id"]].insert(label_of(change["field"]));
    }
    const std::string summary = plan_summary(count(result));
    const auto number = [&](const std::string& before, const std::string& after) -> std::size_t {
      std::smatch match;
      const bool is_there =
          std::regex_search(summary, match, std::regex(before + "(\\d+)" + after));
      return is_there ? std::stoul(match[1]) : 0;
    };
    const Counts printed{{"as_declared", number(", ", " in sync")},
                         {"different", number("Plan: ", " subscriptions? to change") +
                                           number(", ", " withheld") + number(", ", " failed")},
                         {"not_known", number(", ", " not readable")}};
    EXPECT_EQ(printed, numbers.known) << summary;
    return cleaned(numbers);
  }

  void expect_the_daemon_agrees() const {
    const Numbers rows = of_rows();
    EXPECT_EQ(of_metrics(), rows);
    Numbers status = of_status();
    status.fields = rows.fields;  // it has none
    EXPECT_EQ(status, rows);
  }
  void expect_all_agree() {
    expect_the_daemon_agrees();
    const Numbers rows = of_rows();
    const Numbers diff = of_diff();
    EXPECT_EQ(diff.known, rows.known);
    EXPECT_EQ(diff.fields, rows.fields);
  }

  std::vector<DesiredSubscription> world_;

 private:
  static Numbers cleaned(Numbers numbers) {
    for (Counts* const counts :
         {&numbers.known, &numbers.last_known, &numbers.by_state, &numbers.by_reason})
      *counts = without_zeros(*counts);
    return numbers;
  }
};

Failure forbidden() { return failure(Reason::Forbidden, NextTry::Slow); }

DesiredSubscription observed_only(DesiredSubscription desired) {
  desired.mode = Mode::Observe;
  return desired;
}

TEST_F(CountsAgree, AsDeclared) {
  store_.put(subscription_id(1), standard_plan({{"AIPromptEvidence", true}}));
  store_.put(subscription_id(2), free_plan());
  store_.put(subscription_id(3), standard_plan({{"AIPromptEvidence", true}, {"AINew", true}}));
  declare_world({declared(1, true, {evidence(true)}), declared(2, false), declared(3, true)});
  EXPECT_EQ(of_rows().known, (Counts{{"as_declared", 3}}));
  expect_all_agree();
}

TEST_F(CountsAgree, CorrectedAndStillAgreeing) {
  store_.put(subscription_id(1), free_plan());
  store_.put(subscription_id(2), standard_plan({{"AIPromptEvidence", false}}));
  declare_world({declared(1, true), declared(2, true, {evidence(true)})});
  EXPECT_EQ(of_rows().known, (Counts{{"as_declared", 2}}));
  expect_all_agree();
}

// The plan with extensions that wait for it, keys of their own, and others.
TEST_F(CountsAgree, DifferentInObserveMode) {
  store_.put(subscription_id(1), free_plan());
  store_.put(subscription_id(2), standard_plan({{"AIPromptEvidence", false}, {"AINew", true}}));
  store_.put(subscription_id(3), standard_plan({{"AIOther", true}}));
  store_.put(subscription_id(4), standard_plan());
  std::vector<DesiredExtension> many{
      {"AIModelScanner", true}, {"AINew", false}, {"AINewer", true}, {"AIPromptEvidence", true}};
  DesiredSubscription unnamed = observed_only(declared(3, true));
  unnamed.unnamed_extensions = UnnamedExtensions::Off;
  declare_world({observed_only(declared(1, true, many)), observed_only(declared(2, true, many)),
                 unnamed, observed_only(declared(4, true))});
  EXPECT_EQ(of_rows().known, (Counts{{"as_declared", 1}, {"different", 3}}));
  EXPECT_EQ(of_rows().fields[subscription_id(1).text()],
            (std::multiset<std::string>{"modelScanner", "other", "plan", "promptEvidence"}));
  expect_all_agree();
}

TEST_F(CountsAgree, NotKnownWithEachLastKnownValue) {
  for (const unsigned n : {1U, 2U, 4U}) store_.put(subscription_id(n), standard_plan());
  store_.fail_reads(subscription_id(3), forbidden());
  declare_world(
      {declared(1, true), observed_only(declared(2, false)), declared(3, true), declared(4, true)});
  for (const unsigned n : {1U, 2U}) store_.fail_reads(subscription_id(n), forbidden());
  clock_.advance(minutes(6));
  work();
  EXPECT_EQ(of_rows().last_known,
            (Counts{{"as_declared", 1}, {"different", 1}, {"never_seen", 1}}));
  expect_all_agree();
}

TEST_F(CountsAgree, WritesThatFail) {
  store_.put(subscription_id(1), free_plan());
  store_.refuse_plan(subscription_id(1), "policy");
  store_.put(subscription_id(2), standard_plan({{"AIPromptEvidence", false}}));
  store_.ignore_writes(subscription_id(2), FakePlanStore::Deaf::AnswersAsIs);
  store_.put(subscription_id(3), standard_plan({{"AIPromptEvidence", true}}));
  store_.show_status(subscription_id(3), "AIPromptEvidence", "needs Owner");
  declare_world({declared(1, true), declared(2, true, {evidence(true)}),
                 declared(3, true, {evidence(true)})});
  EXPECT_EQ(of_rows().by_state, (Counts{{"failing", 3}}));
  expect_all_agree();
}

TEST_F(CountsAgree, Held) {
  std::vector<DesiredSubscription> world;
  for (unsigned n = 1; n <= 5; ++n) {
    store_.put(subscription_id(n), standard_plan({{"AIPromptEvidence", true}}));
    world.push_back(declared(n, n == 5));
  }
  declare_world(world);
  EXPECT_EQ(of_rows().by_reason, (Counts{{"AsDeclared", 1}, {"DisableBrake", 4}}));
  expect_all_agree();
}

TEST_F(CountsAgree, Contested) {
  store_.put(subscription_id(1), standard_plan({{"AIPromptEvidence", true}}));
  store_.put(subscription_id(2), standard_plan());
  declare_world({declared(1, true, {evidence(true)}), declared(2, true)});
  for (int i = 0; i < 6 && row(1)->state != State::Contested; ++i) {
    store_.put(subscription_id(1), standard_plan({{"AIPromptEvidence", false}}));
    clock_.advance(minutes(6));
    work();
  }
  EXPECT_EQ(of_rows().by_state, (Counts{{"contested", 1}, {"in_sync", 1}}));
  expect_all_agree();
}

TEST_F(CountsAgree, Suspended) {
  DesiredSubscription differs = declared(1, true);
  DesiredSubscription as_declared = declared(2, true);
  for (DesiredSubscription* const each : {&differs, &as_declared})
    each->suspend = Suspension{clock_.wall_now() + std::chrono::hours(100), "move", "team"};
  store_.put(subscription_id(1), free_plan());
  store_.put(subscription_id(2), standard_plan());
  declare_world({differs, as_declared});
  EXPECT_EQ(of_rows().by_state, (Counts{{"suspended", 2}}));
  EXPECT_EQ(of_rows().known, (Counts{{"as_declared", 1}, {"different", 1}}));
  expect_all_agree();
}

TEST_F(CountsAgree, Frozen) {
  freeze_watch_.set_declared({{.reason = "incident"}});
  freeze_watch_.check();
  store_.put(subscription_id(1), free_plan());
  store_.put(subscription_id(2), standard_plan());
  store_.put(subscription_id(3), standard_plan({{"AIPromptEvidence", false}}));
  declare_world({declared(1, true), declared(2, true), declared(3, true, {evidence(true)})});
  EXPECT_EQ(of_rows().by_reason, (Counts{{"AsDeclared", 1}, {"Frozen", 2}}));
  expect_all_agree();
}

TEST_F(CountsAgree, RolledOutInWaves) {
  std::vector<DesiredSubscription> world;
  for (unsigned n = 1; n <= 4; ++n) {
    store_.put(subscription_id(n), n == 4 ? standard_plan() : free_plan());
    world.push_back(declared(n, true));
    world.back().wave = static_cast<std::uint8_t>(n);
  }
  world[0].suspend = Suspension{clock_.wall_now() + std::chrono::hours(100), "move", "team"};
  declare_world(world);
  expect_all_agree();
}

TEST_F(CountsAgree, BeforeTheFirstSweepIsComplete) {
  for (unsigned n = 1; n <= 4; ++n) store_.put(subscription_id(n), standard_plan());
  world_ = {declared(1, true), observed_only(declared(2, false)), declared(3, true),
            declared(4, true)};
  fleet_.declare(state_of(world_));
  expect_the_daemon_agrees();
  EXPECT_EQ(of_rows().last_known, (Counts{{"never_seen", 4}}));
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(controller_.step());
  EXPECT_EQ(of_rows().known.at("not_known"), 2U);
  expect_the_daemon_agrees();
  work();
  expect_all_agree();
}

TEST_F(CountsAgree, ShownByTheGraphAndMixed) {
  store_.put(subscription_id(1), standard_plan());
  store_.put(subscription_id(2), free_plan());
  store_.fail_reads(subscription_id(3), failure(Reason::Throttled, NextTry::ServerWait));
  store_.put(subscription_id(4), standard_plan({{"AIPromptEvidence", true}}));
  declare_world({declared(1, true), observed_only(declared(2, true)), declared(3, true),
                 declared(4, true, {evidence(true)})});
  board_.seen_by_graph({subscription_id(1), subscription_id(4)}, clock_.wall_now());
  expect_the_daemon_agrees();
  EXPECT_EQ(of_rows().known, (Counts{{"as_declared", 2}, {"different", 1}, {"not_known", 1}}));
}

}  // namespace
}  // namespace defenderd
