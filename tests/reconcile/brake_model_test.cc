// The brake against a model: whatever edits, departures, requested sweeps, restarts, crashes,
// failed reads, lost answers, freezes and set clocks come, in whatever order, no more than the
// limit is switched off in any window without a code, its code releases what is held, once,
// and neither the begin nor the end of a freeze lets anything through.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "reconcile/fleet.h"
#include "reconcile/freezes.h"
#include "support/tally.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kFleet = 12;
constexpr std::size_t kLimit = 3;
constexpr Duration kWindow = 1h;

// Notes each plan that a write switches off.
class WatchedStore final : public PlanStore {
 public:
  WatchedStore(FakePlanStore& store, std::function<void(SubscriptionId)> switched_off)
      : store_(store), switched_off_(std::move(switched_off)) {}
  ArmResult<PlanRead> read(const PlanKey& key, std::stop_token stop) override {
    return store_.read(key, std::move(stop));
  }
  ArmResult<Done> await_turn(const PlanKey& key, std::stop_token stop) override {
    return store_.await_turn(key, std::move(stop));
  }
  ArmResult<PlanWritten> write(const PlanKey& key, const PlanWrite& wanted,
                               std::stop_token stop) override {
    const bool was_on = store_.get(key.subscription).tier == Tier::Standard;
    auto answer = store_.write(key, wanted, std::move(stop));
    const bool is_on = store_.get(key.subscription).tier == Tier::Standard;
    if (was_on && !is_on) switched_off_(key.subscription);
    if (lose_answer_ && answer) {
      Failure lost = failure(Reason::Timeout, NextTry::Slow);
      lost.maybe_applied = true;
      return Unexpected(lost);
    }
    return answer;
  }
  bool lose_answer_ = false;

 private:
  FakePlanStore& store_;
  std::function<void(SubscriptionId)> switched_off_;
};

class BrakeModel : public Fleet {
 public:
  BrakeModel(unsigned seed, Tally& tally) : random_(seed), tally_(tally) {}
  void run();

 private:
  void TestBody() override {}
  PlanStore& plans() override { return watched_; }
  void switched_off(SubscriptionId id);
  void edit();
  void restart_somehow();
  void fail_some_reads();
  void confirm_something();
  void drift_some();
  void freeze_and_thaw();
  void settle_in_the_end();

  unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }
  [[nodiscard]] std::set<SubscriptionId> confirmed() const {
    const SafetyMemory memory = safety_->memory();
    std::set<SubscriptionId> ids;
    for (const auto& item : memory.brakes[0].confirmed) ids.insert(item.change.subscription);
    return ids;
  }

  std::mt19937 random_;
  Tally& tally_;
  Freezes freezes_{clock_};
  WatchedStore watched_{store_, [this](SubscriptionId id) { switched_off(id); }};
  std::vector<DesiredSubscription> declared_;
  std::map<SubscriptionId, SteadyTime> without_code_;  // within the window
  std::set<SubscriptionId> granted_;                   // by a code, and not done yet
  std::vector<std::string> used_;
};

void BrakeModel::switched_off(SubscriptionId id) {
  if (granted_.contains(id) && confirmed().contains(id)) {
    // Without an answer nobody knows that it is done, until it is observed.
    if (!watched_.lose_answer_) granted_.erase(id);
    ++tally_["switched off by a code"];
    return;
  }
  const SteadyTime now = clock_.steady_now();
  without_code_[id] = now;  // the same one again is no more than it was
  std::erase_if(without_code_, [&](const auto& item) { return now - item.second >= kWindow; });
  ++tally_["switched off without a code"];
  if (without_code_.size() == kLimit) ++tally_["the limit is reached"];
  if (watched_.lose_answer_) ++tally_["the answer is lost"];
  ASSERT_LE(without_code_.size(), kLimit);
}

void BrakeModel::edit() {
  declared_.clear();
  const unsigned share_off = below(101);
  for (unsigned n = 1; n <= kFleet; ++n) {
    if (below(5) == 0) continue;  // not declared
    declared_.push_back(declared(n, below(100) >= share_off));
    if (below(10) == 0) declared_.back().mode = Mode::Observe;
    if (below(2) == 0) declared_.back().owner = "payments";
  }
  use(declared_);
}

void BrakeModel::restart_somehow() {
  // What a code let through is remembered as done a little later: a crash may forget it.
  const bool stopped = below(2) == 0;
  if (below(3) == 0) clock_.set_wall_clock(-1h * static_cast<int>(below(100)));
  std::set<SubscriptionId> done;  // by a code, since the last write began
  if (!stopped) {
    for (const auto& [change, code] : saved_.first.brakes[0].confirmed) {
      if (!granted_.contains(change.subscription)) done.insert(change.subscription);
    }
  }
  ++tally_[stopped ? "restarts" : "crashes"];
  if (!without_code_.empty()) ++tally_["restarts within the window"];
  restart(declared_, stopped);
  granted_.insert(done.begin(), done.end());
}

void BrakeModel::fail_some_reads() {
  for (unsigned n = 1; n <= kFleet; ++n) {
    if (below(10) == 0) continue;
    const NextTry next = below(2) == 0 ? NextTry::Soon : NextTry::Slow;
    for (unsigned k = below(5); k > 0; --k) {
      store_.fail_next_read(subscription_id(n), failure(Reason::ServerError, next));
    }
  }
}

// The code of what is held, one that was used before, or one that never was.
void BrakeModel::confirm_something() {
  confirm("");  // and so judges anew
  const std::set<SubscriptionId> before = confirmed();
  const std::string code = safety_->confirm_code();
  if (!used_.empty() && below(3) == 0) {
    confirm(used_[below(static_cast<unsigned>(used_.size()))]);
    EXPECT_EQ(confirmed(), before) << "a used code lets nothing through";
    ++tally_["a used code"];
  } else if (code.empty() || below(3) == 0) {
    confirm("0badc0de");
    EXPECT_EQ(confirmed(), before) << "nor does a wrong one";
  } else {
    const std::size_t held = safety_->held(BrakeKind::Disable);
    confirm(code);
    used_.push_back(code);
    granted_ = confirmed();
    EXPECT_EQ(granted_.size(), before.size() + held);
    ++tally_["a code"];
  }
}

// Somebody else switches plans on or off.
void BrakeModel::drift_some() {
  for (unsigned n = 1; n <= kFleet; ++n) {
    if (below(4) != 0) continue;
    store_.put(subscription_id(n), below(3) == 0 ? free_plan() : standard_plan());
  }
}

// No time passes, and nothing else happens.
void BrakeModel::freeze_and_thaw() {
  const auto look = [this] {
    controller_->reconcile_now({});
    run_for(0s);
    return tally_["switched off without a code"];
  };
  const std::size_t before = look();
  const bool all_are_read = std::all_of(last_.begin(), last_.end(), [](const auto& item) {
    return item.second.observed.has_value();
  });
  const std::size_t held = safety_->held(BrakeKind::Disable);
  Freeze freeze{.reason = "model"};
  if (below(3) > 0) freeze.owners = {"payments"};
  freezes_.set_declared({freeze});
  const std::size_t frozen = look();
  freezes_.set_declared({});
  const std::size_t after = look();
  if (held == 0 || !all_are_read) return;
  EXPECT_EQ(frozen, before) << "released by a freeze";
  EXPECT_EQ(after, before) << "released by the end of a freeze";
  ++tally_["frozen while held"];
}

void BrakeModel::settle_in_the_end() {
  watched_.lose_answer_ = false;
  declared_ = all_declared(kFleet, false);
  restart(declared_);
  for (int i = 0; i < 10; ++i) {
    run_for(30min);
    if (const std::string code = safety_->confirm_code(); !code.empty()) {
      confirm(code);
      granted_ = confirmed();
    }
  }
  EXPECT_EQ(on(kFleet), 0U) << "what is held is let through by its code in the end";
}

void BrakeModel::run() {
  rules_.brake_window = kWindow;
  // A field that somebody keeps switching back is no matter of the brake.
  rules_.contested = {1000, 1min};
  make(rules_, WritePermit().unless_frozen(freezes_));
  for (unsigned n = 1; n <= kFleet; ++n) store_.put(subscription_id(n), standard_plan());
  edit();
  for (int i = 0; i < 300 && !HasFatalFailure(); ++i) {
    switch (below(10)) {
      case 0:
      case 1:
        edit();
        break;
      case 2:
        restart_somehow();
        break;
      case 3:
        controller_->reconcile_now({});
        break;
      case 4:
        fail_some_reads();
        break;
      case 5:
        confirm_something();
        break;
      case 6:
        drift_some();
        break;
      case 7:
        freeze_and_thaw();
        break;
      case 8:
        watched_.lose_answer_ = below(2) == 0;
        break;
      default:
        clock_.set_wall_clock(1h * (static_cast<int>(below(49)) - 24));
        save();  // as the state file is within seconds
        break;
    }
    for (unsigned k = below(4); k > 0; --k) controller_->step();
    if (below(2) == 0) run_for(below(20) * 1min);
    if (below(20) == 0) run_for(below(5) * 1h);
    if (safety_->held(BrakeKind::Disable) > 0) ++tally_["changes are held"];
  }
  settle_in_the_end();
}

TEST(BrakeModelTest, NeverMoreThanTheLimitWithoutACode) {
  Tally tally;
  for (unsigned seed = 1; seed <= 60 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    BrakeModel(seed, tally).run();
  }
  expect_tried(tally, {{"changes are held", 1000},
                       {"switched off without a code", 1000},
                       {"the limit is reached", 200},
                       {"switched off by a code", 800},
                       {"the answer is lost", 500},
                       {"restarts", 500},
                       {"crashes", 500},
                       {"restarts within the window", 900},
                       {"a code", 100},
                       {"frozen while held", 200},
                       {"a used code", 250}});
}

}  // namespace
}  // namespace defenderd
