// Two simulated hours of ten thousand subscriptions, with drift and faults at random: tests/run
// --soak.
//
// The daemon's parts as it puts them together, over real HTTP to the simulator; only time is
// simulated.

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <iostream>
#include <random>
#include <vector>

#include "arm/graph_pricings.h"
#include "armsim/fault_mix.h"
#include "reconcile/bulk_sweeper.h"
#include "reconcile/controller.h"
#include "reconcile/safety.h"
#include "support/fake_clock.h"
#include "support/fleets.h"
#include "support/sim_azure.h"
#include "support/sim_fleet.h"
#include "telemetry/status_board.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using armsim::Subscription;

constexpr unsigned kCount = 10'000;
constexpr Throttle::Rates kRates{40, 5};
// The graph shows everything late, and of one subscription in 500 nothing.
constexpr auto kLag = 7min;

Schedule schedule(bool bulk) {
  Schedule result{5min, 0.1, 2s, 15min};
  if (bulk) result.full_interval = 1h;
  return result;
}
// Shares of the requests of a kind, for each kind of fault; some of them take real time.
constexpr double kFaults = 0.0005;
constexpr int kTroubledMinutes = 90;
constexpr int kQuietMinutes = 30;

// By bulk observation or without it.
class FleetSoakTest : public testing::TestWithParam<bool> {
 protected:
  FleetSoakTest()
      : azure_(clock_, options()),
        safety_(clock_, {}, rules(), hooks()),
        reconciler_(azure_.plans(), clock_, {.safety = safety_.check()}),
        controller_(
            reconciler_, clock_,
            [this](const Lane& lane) { return azure_.throttle().work_at(lane); },
            [this] { return unit_(chance_); }, listener(),
            {.workers = 1, .schedule = schedule(GetParam())}),
        graph_(azure_.arm(), clock_),
        pricings_(graph_),
        sweeper_(controller_, pricings_, clock_, 5min, {}) {
    std::vector<DesiredSubscription> declared_ones;
    for (unsigned n = 1; n <= kCount; ++n) {
      azure_.add(n, [&](Subscription& it) {
        it.plan.on = wants_plan(n);
        it.plan.set("AIPromptEvidence", wants_evidence(n));
        it.in_graph = n % 500 != 0;
      });
      declared_ones.push_back(declared(n, wants_plan(n)));
      if (wants_plan(n)) declared_ones.back().extensions = {evidence(wants_evidence(n))};
    }
    const DesiredState desired = desired_state(declared_ones);
    safety_.set_desired(desired);
    board_.set_desired(desired, clock_.wall_now());
    controller_.set_desired(desired);
    read_at_.reserve(1'000'000);
    written_at_.reserve(100'000);
  }

  static SimAzure::Options options() {
    SimAzure::Options options;
    options.simulator.tls = armsim::Tls::None;
    options.rates = kRates;
    options.simulator.behaviour.graph_lag = kLag;
    return options;
  }
  static SafetyRules rules() {
    SafetyRules rules;
    rules.max_disables_per_sweep = 1000;
    rules.contested.corrections = 1000;
    return rules;
  }
  Safety::Hooks hooks() {
    Safety::Hooks hooks;
    hooks.hash = [](std::string_view) { return std::string(8, '0'); };
    hooks.make_due = [this](const std::vector<SubscriptionId>& ids) {
      for (const SubscriptionId id : ids) controller_.reconcile_now(id);
    };
    return hooks;
  }
  Controller::Listener listener() {
    Controller::Listener listener;
    listener.reconciled = [this](const Outcome& outcome, const Attempt& attempt) {
      board_.record(outcome, attempt.at, std::nullopt, attempt.failures);
      safety_.record(outcome);
    };
    listener.sweep_completed = [this](WallTime) { ++sweeps_; };
    listener.bulk_seen = [this](const BulkSeen& seen) {
      for (const BulkSeen::First& first : seen.first) {
        board_.record(first.outcome, seen.at, first.next_due, 0, ObservedBy::Graph);
        safety_.record(first.outcome);
      }
      board_.seen_by_graph(seen.again, seen.at);
    };
    return listener;
  }

  static bool wants_plan(unsigned n) { return n % 10 != 0; }
  static bool wants_evidence(unsigned n) { return wants_plan(n) && n % 3 != 0; }

  // Somebody clicks through the portal.
  void drift() {
    azure_.world().update(subscription_id(any_one_(chance_)).text(), [&](Subscription& it) {
      if (chance_() % 4 == 0) it.plan.on = !it.plan.on;
      it.plan.set("AIPromptEvidence", chance_() % 2 == 0);
    });
  }

  // Takes the simulator's log down to the times of the requests.
  void read_log() {
    for (const armsim::LoggedRequest& request : azure_.world().requests()) {
      const bool reads = request.operation == armsim::Operation::Read ||
                         request.operation == armsim::Operation::Graph;
      graph_queries_ += request.operation == armsim::Operation::Graph ? 1 : 0;
      if (reads) read_at_.push_back(request.received);
      if (request.operation == armsim::Operation::Write) written_at_.push_back(request.received);
    }
    azure_.world().clear_log();
  }

  // The most within any such span.
  static std::size_t busiest(const std::vector<std::chrono::system_clock::time_point>& times,
                             std::chrono::seconds span) {
    std::size_t most = 0;
    auto end = times.begin();
    for (auto first = times.begin(); first != times.end(); ++first) {
      while (end != times.end() && *end < *first + span) ++end;
      most = std::max(most, static_cast<std::size_t>(end - first));
    }
    return most;
  }

  std::size_t not_as_declared() const {
    std::size_t count = 0;
    for (unsigned n = 1; n <= kCount; ++n) {
      const armsim::Plan plan = azure_.world().plan(subscription_id(n).text());
      const bool right = plan.on == wants_plan(n) &&
                         (!plan.on || plan.has_on("AIPromptEvidence") == wants_evidence(n));
      if (!right || !board_.find(subscription_id(n))->in_sync()) ++count;
    }
    return count;
  }

  std::mt19937 chance_{20261124};  // NOLINT(cert-msc51-cpp): the same soak each time
  std::uniform_int_distribution<unsigned> any_one_{1, kCount};
  std::uniform_real_distribution<double> unit_{0.0, 1.0};
  FakeClock clock_;
  mutable SimAzure azure_;
  StatusBoard board_;
  Safety safety_;
  const Reconciler reconciler_;
  Controller controller_;
  GraphClient graph_;
  GraphPricings pricings_;
  BulkSweeper sweeper_;
  int sweeps_ = 0;
  int graph_queries_ = 0;
  std::vector<std::chrono::system_clock::time_point> read_at_;
  std::vector<std::chrono::system_clock::time_point> written_at_;
};

TEST_P(FleetSoakTest, TwoHoursOfDriftAndFaults) {
  for (const armsim::Fault& fault : armsim::fault_mix(kFaults, 1)) azure_.world().inject(fault);
  std::uint64_t faulted = 0;
  std::size_t settled = 0;  // bytes in use once everything has been seen and some of it corrected
  std::size_t quiet = 0;    // and when nothing happens any more
  for (int minute = 0; minute < kTroubledMinutes + kQuietMinutes; ++minute) {
    if (minute == kTroubledMinutes) azure_.world().clear_faults();
    if (GetParam() && minute % 5 == 0) sweeper_.pass({});
    for (int i = 0; i < 6; ++i) {
      if (minute < kTroubledMinutes) drift();
      run_for(controller_, clock_, 10s);
    }
    faulted += azure_.world().counters().faulted;
    read_log();
    if (minute == 30) settled = mallinfo2().uordblks;
    if (minute == kTroubledMinutes + 10) quiet = mallinfo2().uordblks;
  }
  const std::size_t at_the_end = mallinfo2().uordblks;
  std::cout << read_at_.size() << " reads, of which " << graph_queries_ << " of the graph, "
            << written_at_.size() << " writes, " << faulted << " faults, " << sweeps_
            << " sweeps; heap in use " << settled / 1024 << " KiB after 30 minutes, "
            << quiet / 1024 << " KiB after " << kTroubledMinutes + 10 << ", " << at_the_end / 1024
            << " KiB after " << kTroubledMinutes + kQuietMinutes << "\n";
  EXPECT_GT(faulted, GetParam() ? 100U : 500U) << "there was something to withstand";
  EXPECT_GT(written_at_.size(), 200U) << "there was something to correct";
  EXPECT_GE(sweeps_, 20);
  EXPECT_EQ(not_as_declared(), 0U);
  // Over any time never more than the rate allows plus one second's worth.
  for (const auto span : {1s, 60s, 600s}) {
    const auto seconds = static_cast<double>(span.count());
    EXPECT_LE(static_cast<double>(busiest(read_at_, span)),
              kRates.reads_per_second * (seconds + 1));
    EXPECT_LE(static_cast<double>(busiest(written_at_, span)),
              kRates.writes_per_second * (seconds + 1));
  }
  // What happened to a subscription stays known of it; looking at it leaves nothing behind.
  EXPECT_LE(at_the_end, quiet + quiet / 50) << "memory grows with looks";
  constexpr std::size_t kPerTrouble = 2048;
  const std::size_t troubles = faulted + written_at_.size() + 6 * kTroubledMinutes;
  EXPECT_LE(quiet, settled + kPerTrouble * troubles) << "memory grows with what happens";
}

INSTANTIATE_TEST_SUITE_P(Strategies, FleetSoakTest, testing::Bool(),
                         [](const auto& it) { return it.param ? "ByResourceGraph" : "Direct"; });

}  // namespace
}  // namespace defenderd
