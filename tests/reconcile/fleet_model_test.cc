// Controller, bulk observation and safety together, under random edits, drifts, lags and failures.
// Other workers, edits and passes come in the middle of a reconcile: inside the calls of its store.
//
// Held in every state: nobody is worked on twice at once; nobody stays unobserved longer than the
// schedule allows without being counted as failing or overdue; nothing is written that is withheld.
// Once everything works again, everything becomes as declared.

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reconcile/bulk_fleet.h"
#include "reconcile/model_stores.h"
#include "support/tally.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kSeeds = 40;
constexpr int kEvents = 150;
constexpr unsigned kFleet = 12;
constexpr std::size_t kLimit = 3;
constexpr Duration kWindow = 1h;
constexpr Duration kLag = 2min;  // at most, between a decision and its write
constexpr int kDepth = 3;        // reconciles inside each other: as many as there are other workers

class FleetModel : public BulkFleet {
 public:
  FleetModel(unsigned seed, Tally& tally) : random_(seed), tally_(tally) {}
  void run();

 private:
  void TestBody() override {}
  PlanStore& plans() override { return watched_; }
  Controller::Listener listener() override;

  void make_model();
  void event();
  void edit();
  void drift_some();
  void fail_some();
  void change_bulk();
  void meanwhile();
  void advance(Duration span);
  void check_write(SubscriptionId id, const Pricing& wanted);
  void check_switched_off(SubscriptionId id);
  void check_observed();
  void end_well();

  unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }
  SubscriptionId any() { return subscription_id(1 + below(kFleet)); }
  void count(const std::string& what, std::size_t by = 1) { tally_[what] += by; }

  std::mt19937 random_;
  Tally& tally_;
  ModelStore watched_{
      store_,
      {[this] { meanwhile(); },
       [this](SubscriptionId id, const Pricing& pricing) {
         last_read_.insert_or_assign(id, pricing);
         read_at_[id] = observed_at_[id] = clock_.steady_now();
       },
       [this](SubscriptionId id, const Pricing& wanted) { check_write(id, wanted); },
       [this](SubscriptionId id) { check_switched_off(id); }}};
  ModelBulkStore shown_{bulk_, [this] { meanwhile(); }};
  int depth_ = 0;
  bool passing_ = false;
  bool quiet_ = false;  // nothing else happens any more
  SteadyTime next_pass_;
  std::map<SubscriptionId, DesiredSubscription> declared_;
  std::map<SubscriptionId, SteadyTime> declared_at_;
  std::map<SubscriptionId, SteadyTime> observed_at_;  // directly or in bulk
  std::map<SubscriptionId, SteadyTime> read_at_;      // directly
  std::map<SubscriptionId, Pricing> last_read_;
  std::map<SubscriptionId, std::set<Field>> planned_;  // of the write that comes next
  std::map<SubscriptionId, SteadyTime> switched_off_;  // within the window
};

Controller::Listener FleetModel::listener() {
  Controller::Listener listener = BulkFleet::listener();
  const auto reconciled = listener.reconciled;
  listener.reconciled = [=, this](const Outcome& outcome, const Attempt& attempt) {
    reconciled(outcome, attempt);
    for (const Change& change : outcome.changes)
      count(change.result == ChangeResult::Withheld ? "withheld changes" : "changes");
    if (outcome.failure) count("failed reconciles");
  };
  const auto departed = listener.departed;
  listener.departed = [=, this](const Outcome& outcome) {
    departed(outcome);
    count("departures in flight");
  };
  const auto seen = listener.bulk_seen;
  listener.bulk_seen = [=, this](const BulkSeen& it) {
    seen(it);
    for (const SubscriptionId id : it.again) observed_at_[id] = clock_.steady_now();
    for (const BulkSeen::First& first : it.first)
      observed_at_[first.outcome.desired.id] = clock_.steady_now();
    count("vouched", it.again.size() + it.first.size());
    count("doubts", it.doubts.size());
  };
  const auto disagreed = listener.bulk_disagreed;
  listener.bulk_disagreed = [=, this](const Outcome& outcome, const BulkDisagreement& it) {
    disagreed(outcome, it);
    count("disagreements");
  };
  return listener;
}

void FleetModel::make_model() {
  rules_.brake_window = kWindow;
  make(rules_);
  reconciler_ = std::make_unique<Reconciler>(
      watched_, clock_,
      Reconciler::Options{.safety = safety_->check(),
                          .about_to_write = [this](const DesiredSubscription& desired,
                                                   const std::vector<Change>& changes) {
                            EXPECT_EQ(desired.mode, Mode::Enforce);
                            EXPECT_FALSE(is_suspended(desired, clock_.wall_now()));
                            std::set<Field>& planned = planned_[desired.id];
                            planned.clear();
                            for (const Change& change : changes) {
                              if (change.result != ChangeResult::Withheld)
                                planned.insert(change.drift.field);
                            }
                          }});
  controller_ = std::make_unique<Controller>(
      *reconciler_, clock_, WorkQueue::LaneGate{},
      [this] { return static_cast<double>(below(1000)) / 1000; }, listener(),
      Controller::Options{.workers = 1 + kDepth, .schedule = schedule_});
  for (unsigned n = 1; n <= kFleet; ++n) store_.put(subscription_id(n), standard_plan());
  sweeper_ = std::make_unique<BulkSweeper>(*controller_, shown_, clock_, kInterval,
                                           BulkSweeper::Listener{});
  next_pass_ = clock_.steady_now();
}

void FleetModel::edit() {
  std::vector<DesiredSubscription> fleet;
  const unsigned share_off = below(101);
  for (unsigned n = 1; n <= kFleet; ++n) {
    if (below(5) == 0) continue;  // not declared
    DesiredSubscription desired = declared(n, below(100) >= share_off, {evidence(below(2) == 0)});
    if (below(10) == 0) desired.mode = Mode::Observe;
    if (below(10) == 0) desired.suspend = Suspension{clock_.wall_now() + below(120) * 1min};
    fleet.push_back(std::move(desired));
  }
  std::map<SubscriptionId, DesiredSubscription> before = std::move(declared_);
  declared_.clear();
  for (const DesiredSubscription& desired : fleet) {
    declared_.emplace(desired.id, desired);
    if (!before.contains(desired.id)) declared_at_[desired.id] = clock_.steady_now();
  }
  for (const auto& [id, desired] : before) {
    if (!declared_.contains(id)) last_.erase(id);
  }
  use(fleet);
  count("edits");
}

void FleetModel::drift_some() {
  for (unsigned n = 1; n <= kFleet; ++n) {
    if (below(6) != 0) continue;
    const bool on = below(3) != 0;
    if (below(3) == 0) {
      bulk_.lag(subscription_id(n));
      count("lags");
    }
    store_.put(subscription_id(n),
               on ? standard_plan({{std::string(kPromptEvidence), below(2) == 0}}) : free_plan());
    count("drifts");
  }
}

void FleetModel::fail_some() {
  const SubscriptionId id = any();
  for (unsigned k = 1 + below(4); k > 0; --k) {
    const NextTry next = below(3) == 0 ? NextTry::Slow : NextTry::Soon;
    if (below(3) == 0) {
      store_.fail_next_write(id, failure(Reason::UpdateInProgress, NextTry::Busy, "busy"));
    } else if (below(2) == 0) {
      store_.fail_next_write(id, failure(Reason::ServerError, next));
    } else {
      store_.fail_next_read(id, failure(Reason::ServerError, next));
    }
    count("failures");
  }
}

void FleetModel::change_bulk() {
  switch (below(4)) {
    case 0:
      bulk_.fail({}, failure(Reason::Throttled, NextTry::Soon));
      count("bulk failures");
      break;
    case 1:
      if (below(10) == 0) bulk_.hide(any());
      break;
    case 2:
      if (below(10) == 0) bulk_.garble(any());
      break;
    default:
      bulk_.fail({}, std::nullopt);
      for (unsigned n = 1; n <= kFleet; ++n) bulk_.catch_up(subscription_id(n));
  }
}

// What happens while ARM or the graph is waited for.
void FleetModel::meanwhile() {
  if (quiet_ || depth_ >= kDepth) return;
  ++depth_;
  clock_.advance(below(5) * 1s);
  if (below(4) == 0 && controller_->step()) count("turns at once");
  switch (below(100)) {
    case 0:
      edit();
      count("edits in flight");
      break;
    case 1:
      drift_some();
      break;
    case 2:
      controller_->request(below(2) == 0 ? std::nullopt : std::optional(any()));
      break;
    case 3:
      if (passing_) break;
      passing_ = true;
      sweeper_->pass({});
      passing_ = false;
      count("passes in flight");
      break;
    default:
      break;
  }
  --depth_;
}

// Passes come at their interval, whatever else does.
void FleetModel::advance(Duration span) {
  const SteadyTime end = clock_.steady_now() + span;
  while (clock_.steady_now() < end) {
    if (clock_.steady_now() >= next_pass_) {
      passing_ = true;
      sweeper_->pass({});
      passing_ = false;
      next_pass_ = clock_.steady_now() + kInterval;
    }
    run_for(std::min(end, next_pass_) - clock_.steady_now());
  }
}

void FleetModel::event() {
  switch (below(8)) {
    case 0:
      edit();
      break;
    case 1:
    case 2:
      drift_some();
      break;
    case 3:
    case 4:
      fail_some();
      break;
    case 5:
      change_bulk();
      break;
    case 6:
      watched_.loses_answers_ = below(3) == 0;
      break;
    default:
      controller_->request(std::nullopt);
  }
  advance(below(2) == 0 ? below(60) * 1s : below(30) * 1min);
}

// Compares with what the write is based on: what others do in between is overwritten, as
// documented.
void FleetModel::check_write(SubscriptionId id, const Pricing& wanted) {
  count("writes");
  const std::set<Field>& planned = planned_[id];
  const Pricing& based_on = last_read_.at(id);
  if (wanted.tier != based_on.tier) {
    EXPECT_TRUE(planned.contains(Field::plan(kDeclaredPlan))) << "a withheld plan is written";
  }
  for (const Extension& extension : wanted.extensions) {
    const Field field = Field::extension(kDeclaredPlan, extension.name);
    if (extension.enabled == true && observed_text(based_on, field) != "on") {
      EXPECT_TRUE(planned.contains(field)) << field.text() << " is written and withheld";
    }
  }
}

// The brake lets no more than its limit through within a window, as nobody confirms a code.
void FleetModel::check_switched_off(SubscriptionId id) {
  if (quiet_) return;
  const SteadyTime now = clock_.steady_now();
  switched_off_[id] = now;
  std::erase_if(switched_off_,
                [&](const auto& item) { return now - item.second >= kWindow - kLag; });
  EXPECT_LE(switched_off_.size(), kLimit);
  count("plans switched off");
}

// With nothing left that is due.
void FleetModel::check_observed() {
  const SteadyTime now = clock_.steady_now();
  constexpr Duration kSlack = 2min;  // lags, and reads in groups
  std::size_t overdue = 0;
  for (const auto& [id, desired] : declared_) {
    const auto last = last_.find(id);
    if (last != last_.end() && last->second.failure) continue;  // counted as failing
    const SteadyTime since = declared_at_.at(id);
    const auto age = [&, key = id](const std::map<SubscriptionId, SteadyTime>& times) {
      const auto found = times.find(key);
      return now - (found == times.end() ? since : std::max(found->second, since));
    };
    if (age(observed_at_) > 2 * kInterval + kSlack) ++overdue;
    if (age(read_at_) > *schedule_.full_interval + 2 * kInterval + kSlack) ++overdue;
  }
  EXPECT_LE(overdue, controller_->stats().queue.due) << "unobserved and not counted";
  count("observation checks");
}

void FleetModel::end_well() {
  quiet_ = true;
  watched_.loses_answers_ = false;
  bulk_.fail({}, std::nullopt);
  for (unsigned n = 1; n <= kFleet; ++n) bulk_.catch_up(subscription_id(n));
  std::vector<DesiredSubscription> fleet;
  for (unsigned n = 1; n <= kFleet; ++n) fleet.push_back(declared(n, n % 2 == 0, {evidence(true)}));
  use(fleet);
  const int sweeps = sweeps_;
  for (int i = 0; i < 24; ++i) {
    advance(30min);
    if (const std::string code = safety_->confirm_code(); !code.empty()) {
      confirm(code);
      count("codes");
    }
  }
  for (unsigned n = 1; n <= kFleet; ++n) {
    EXPECT_EQ(is_on(n), n % 2 == 0) << "subscription " << n;
    EXPECT_EQ(last(n).state, State::InSync) << "subscription " << n << ": " << last(n).message;
  }
  EXPECT_EQ(safety_->held(BrakeKind::Disable), 0U);
  EXPECT_GT(sweeps_, sweeps);
  EXPECT_EQ(controller_->stats().queue.size, kFleet);
  EXPECT_EQ(controller_->stats().queue.processing, 0U);
}

void FleetModel::run() {
  make_model();
  edit();
  for (int i = 0; i < kEvents && !HasFailure(); ++i) {
    event();
    check_observed();
  }
  if (!HasFailure()) end_well();
}

TEST(FleetModel, KeepsItsPromises) {
  Tally tally;
  for (unsigned seed = 1; seed <= kSeeds && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    FleetModel(seed, tally).run();
  }
  std::cout << "fleet model, seeds 1 to " << kSeeds << ":";
  for (const auto& [what, count] : tally) std::cout << " " << count << " " << what << ",";
  std::cout << "\n";
  expect_tried(tally, {{"edits", 1000},
                       {"edits in flight", 600},
                       {"departures in flight", 100},
                       {"turns at once", 9000},
                       {"passes in flight", 600},
                       {"drifts", 2500},
                       {"lags", 900},
                       {"failures", 1800},
                       {"vouched", 40000},
                       {"disagreements", 90},
                       {"writes", 3400},
                       {"plans switched off", 340},
                       {"withheld changes", 29000},
                       {"codes", 20}});
}

}  // namespace
}  // namespace defenderd
