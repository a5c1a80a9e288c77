// Modes, suspensions, freezes, waves and the pace together, under random edits, drifts, failures
// and restarts: nothing is written that any of them forbids, and when none does, the fleet
// converges.

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <random>
#include <set>

#include "reconcile/fingerprint.h"
#include "reconcile/fleet.h"
#include "reconcile/freezes.h"
#include "reconcile/model_stores.h"
#include "support/tally.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kSeeds = 40;
constexpr int kEvents = 120;
constexpr unsigned kFleet = 15;
constexpr int kPace = 3;

class RolloutModel : public Fleet {
 public:
  RolloutModel(unsigned seed, Tally& tally) : random_(seed), tally_(tally) {}
  void run();

 private:
  void TestBody() override {}
  PlanStore& plans() override { return watched_; }
  Controller::Listener listener() override;

  void event();
  void edit();
  void freeze();
  void check_write(SubscriptionId id, const Pricing& wanted);
  void end_well();

  unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }
  [[nodiscard]] bool can_be_written(const DesiredSubscription& desired) const {
    return desired.mode == Mode::Enforce && !is_suspended(desired, clock_.wall_now());
  }
  [[nodiscard]] bool reached(SubscriptionId id) const {
    const auto known = reached_.find(id);
    return known != reached_.end() && known->second.contains(fingerprint(declared_.at(id)));
  }
  void forget(SubscriptionId id) {
    turns_.erase(id);
    excused_.erase(id);
  }
  [[nodiscard]] std::vector<DesiredSubscription> fleet() const {
    std::vector<DesiredSubscription> all;
    for (const auto& [id, desired] : declared_) all.push_back(desired);
    return all;
  }

  std::mt19937 random_;
  Tally& tally_;
  Freezes freezes_{clock_};
  ModelStore watched_{
      store_,
      {[] {}, [](SubscriptionId, const Pricing&) {},
       [this](SubscriptionId id, const Pricing& wanted) { check_write(id, wanted); },
       [](SubscriptionId) {}}};
  std::map<SubscriptionId, DesiredSubscription> declared_;
  std::map<SubscriptionId, std::set<std::uint64_t>> reached_;  // what it was as declared in once
  // Whether it could be written when it was declared, or reconciled last: a suspension that is over
  // counts from its next reconcile on, which comes at once.
  std::map<SubscriptionId, bool> writable_;
  std::map<SubscriptionId, SteadyTime> turns_;  // in this roll-out
  std::set<SubscriptionId> excused_;  // a code may have left them behind: no later wave waits
};

Controller::Listener RolloutModel::listener() {
  Controller::Listener listener = Fleet::listener();
  const auto reconciled = listener.reconciled;
  listener.reconciled = [=, this](const Outcome& outcome, const Attempt& attempt) {
    reconciled(outcome, attempt);
    if (outcome.observed && outcome.drift_left.empty() && !outcome.failure)
      reached_[outcome.desired.id].insert(fingerprint(outcome.desired));
    writable_[outcome.desired.id] = can_be_written(outcome.desired);
    ++tally_[std::string(to_text(outcome.reason))];
  };
  return listener;
}

void RolloutModel::edit() {
  const unsigned share_off = below(101);
  for (unsigned n = 1; n <= kFleet; ++n) {
    if (below(3) == 0) continue;  // as it was
    DesiredSubscription desired = declared(n, below(100) >= share_off, {evidence(below(2) == 0)});
    desired.wave = static_cast<std::uint8_t>(below(4));
    if (below(2) == 0) desired.owner = "payments";
    if (below(10) == 0) desired.mode = Mode::Observe;
    if (below(10) == 0) desired.suspend = Suspension{clock_.wall_now() + below(60) * 1min};
    if (!declared_.contains(desired.id) ||
        fingerprint(declared_.at(desired.id)) != fingerprint(desired))
      forget(desired.id);
    declared_.insert_or_assign(desired.id, desired);
  }
  for (const auto& [id, desired] : declared_) writable_[id] = can_be_written(desired);
  use(fleet());
  ++tally_["edits"];
}

void RolloutModel::freeze() {
  std::vector<Freeze> freezes;
  if (below(2) == 0) {
    Freeze freeze{.reason = "model", .except_enable = below(2) == 0};
    if (below(2) == 0) freeze.owners = {"payments"};
    if (below(2) == 0) freeze.until = clock_.wall_now() + below(60) * 1min;
    if (below(3) == 0) freeze.from = clock_.wall_now() + below(30) * 1min;
    freezes.push_back(std::move(freeze));
    ++tally_["freezes"];
  }
  freezes_.set_declared(std::move(freezes));
}

void RolloutModel::check_write(SubscriptionId id, const Pricing& wanted) {
  ++tally_["writes"];
  const DesiredSubscription& desired = declared_.at(id);
  EXPECT_TRUE(can_be_written(desired));
  const Pricing before = store_.get(id);
  const auto active = freezes_.at(clock_.wall_now());
  for (const ActiveFreeze& one : active ? *active : ActiveFreezes()) {
    if (!one.freeze->owners.empty() && desired.owner != "payments") continue;
    EXPECT_TRUE(one.freeze->except_enable) << "it is frozen";
    EXPECT_FALSE(before.tier == Tier::Standard && wanted.tier != Tier::Standard)
        << "only switching on is excepted";
  }
  if (reached(id)) {
    ++tally_["corrections of drift"];
    return;
  }
  for (const auto& [other, entry] : declared_) {
    if (entry.wave < desired.wave && writable_.at(other) && !excused_.contains(other)) {
      EXPECT_TRUE(reached(other)) << id.text() << " is written in wave " << int{desired.wave}
                                  << " while in wave " << int{entry.wave} << " is not complete "
                                  << other.text() << " (" << safety_->rollout().waves.size() << ")";
    }
  }
  const SteadyTime now = clock_.steady_now();
  if (!turns_.emplace(id, now).second) return;
  const auto lately = std::count_if(turns_.begin(), turns_.end(), [&](const auto& turn) {
    return now - turn.second < schedule_.interval;
  });
  EXPECT_LE(lately, kPace);
  ++tally_["turns"];
}

void RolloutModel::event() {
  switch (below(7)) {
    case 0:
      edit();
      break;
    case 1:
    case 2:
      store_.put(subscription_id(1 + below(kFleet)), below(2) == 0 ? free_plan() : standard_plan());
      ++tally_["drifts"];
      break;
    case 3:
      for (unsigned k = 1 + below(3); k > 0; --k)
        store_.fail_next_write(subscription_id(1 + below(kFleet)),
                               failure(Reason::ServerError, NextTry::Soon));
      ++tally_["failures"];
      break;
    case 4:
      freeze();
      break;
    case 5:
      if (below(3) != 0) break;
      restart(fleet(), below(2) == 0);
      for (const auto& [id, desired] : declared_) writable_[id] = can_be_written(desired);
      ++tally_["restarts"];
      break;
    default:
      if (const std::string code = safety_->confirm_code(); !code.empty() && below(4) == 0) {
        if (safety_->rollout().stopped.find(code) != std::string::npos) {
          for (const auto& [id, at] : turns_)
            if (!reached(id)) excused_.insert(id);
        }
        confirm(code);
        ++tally_["codes"];
      }
  }
  run_for(below(2) == 0 ? below(60) * 1s : below(20) * 1min);
}

void RolloutModel::end_well() {
  freezes_.set_declared({});
  declared_.clear();
  for (unsigned n = 1; n <= kFleet; ++n) {
    DesiredSubscription desired = declared(n, n % 2 == 0, {evidence(true)});
    desired.wave = static_cast<std::uint8_t>(n % 3);
    forget(desired.id);
    declared_.emplace(desired.id, desired);
  }
  use(fleet());
  for (int i = 0; i < 24; ++i) {
    run_for(30min);
    const std::string code = safety_->confirm_code();
    if (code.empty()) continue;
    for (const auto& [id, at] : turns_) excused_.insert(id);
    confirm(code);
  }
  for (unsigned n = 1; n <= kFleet; ++n) {
    EXPECT_EQ(is_on(n), n % 2 == 0) << "subscription " << n;
    EXPECT_EQ(last(n).state, State::InSync) << "subscription " << n << ": " << last(n).message;
  }
}

void RolloutModel::run() {
  SafetyRules rules;
  rules.max_disables_per_sweep = 4;
  rules.contested.corrections = 1000;  // fleet_model_test.cc has contests
  rules.rollout = {kPace, 1, schedule_.interval};
  make(rules, WritePermit().unless_frozen(freezes_));
  for (unsigned n = 1; n <= kFleet; ++n) store_.put(subscription_id(n), standard_plan());
  edit();
  for (int i = 0; i < kEvents && !HasFailure(); ++i) event();
  if (!HasFailure()) end_well();
}

TEST(RolloutModel, KeepsItsPromises) {
  Tally tally;
  for (unsigned seed = 1; seed <= kSeeds && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RolloutModel(seed, tally).run();
  }
  std::cout << "roll-out model, seeds 1 to " << kSeeds << ":";
  for (const auto& [what, count] : tally) std::cout << " " << count << " " << what << ",";
  std::cout << "\n";
  expect_tried(tally, {{"edits", 300},
                       {"freezes", 150},
                       {"restarts", 100},
                       {"drifts", 600},
                       {"writes", 1000},
                       {"turns", 500},
                       {"corrections of drift", 200},
                       {"Frozen", 500},
                       {"WaitsForEarlierWave", 500},
                       {"Paced", 200},
                       {"RolloutStopped", 20},
                       {"codes", 20}});
}

}  // namespace
}  // namespace defenderd
