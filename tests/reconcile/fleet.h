#pragma once
// A simulated fleet under a controller with its safety, wired as the daemon wires them.

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "reconcile/controller.h"
#include "reconcile/safety.h"
#include "support/builders.h"
#include "support/fake_clock.h"
#include "support/fake_plan_store.h"
#include "support/fleets.h"
#include "support/run_for.h"

namespace defenderd {

// In place of SHA-256: sixteen hexadecimal digits that differ where the text does.
inline std::string test_hash(std::string_view text) {
  std::uint64_t value = 14695981039346656037ULL;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  value ^= value >> 32U;
  std::string digits;
  for (int i = 0; i < 16; ++i, value /= 16) digits += "0123456789abcdef"[value % 16];
  return digits;
}

class Fleet : public testing::Test {
 protected:
  // Before the first use() and run_for().
  void make(SafetyRules rules = {}, WritePermit permit = {}) {
    rules_ = rules;
    permit_ = permit;
    Safety::Hooks hooks{test_hash,
                        [this](const std::vector<SubscriptionId>& ids) {
                          for (const SubscriptionId id : ids) controller_->reconcile_now(id);
                        },
                        [this](const BrakeNotice& notice) { notices_.push_back(notice); }};
    safety_ = std::make_unique<Safety>(clock_, permit, std::move(rules), std::move(hooks));
    reconciler_ = std::make_unique<Reconciler>(
        plans(), clock_,
        Reconciler::Options{.permit = permit,
                            .safety = safety_->check(),
                            .about_to_write = [this](const DesiredSubscription&,
                                                     const std::vector<Change>&) { save(); }});
    controller_ = std::make_unique<Controller>(
        *reconciler_, clock_, WorkQueue::LaneGate{}, [] { return 0.5; }, listener(),
        Controller::Options{.workers = 4, .schedule = schedule_});
  }

  virtual Controller::Listener listener() {
    Controller::Listener listener;
    listener.reconciled = [this](const Outcome& outcome, const Attempt&) { take(outcome); };
    listener.departed = [this](const Outcome& outcome) { safety_->record(outcome); };
    return listener;
  }

  virtual PlanStore& plans() { return store_; }

  // What the state file would hold.
  void save() { saved_ = {safety_->memory(), clock_.wall_now()}; }
  // Another process on the same desired state, which knows what was saved and has seen nothing.
  // Without a stop before, nothing was saved since the last write began: a crash.
  void restart(const std::vector<DesiredSubscription>& subscriptions, bool stopped = true) {
    if (stopped) save();
    controller_.reset();
    last_.clear();
    seen_.clear();
    make(rules_, permit_);
    safety_->recall(saved_.first, saved_.second);
    use(subscriptions);
  }

  void take(const Outcome& outcome) {
    last_[outcome.desired.id] = outcome;
    if (outcome.observed) seen_[outcome.desired.id] = *outcome.observed;
    safety_->record(outcome);
  }

  void use(const std::vector<DesiredSubscription>& subscriptions) {
    const DesiredState desired = desired_state(subscriptions);
    safety_->set_desired(desired, [this](SubscriptionId id) -> std::optional<Pricing> {
      const auto seen = seen_.find(id);
      return seen == seen_.end() ? std::nullopt : std::optional(seen->second);
    });
    controller_->set_desired(desired);
  }

  void confirm(std::string code) {
    rules_.confirm = std::move(code);
    safety_->set_rules(rules_);
  }

  void run_for(Duration span, const std::function<void()>& after_each = {}) {
    defenderd::run_for(*controller_, clock_, span, after_each);
    safety_->pass_time();
  }

  [[nodiscard]] const Outcome& last(unsigned n) const { return last_.at(subscription_id(n)); }
  [[nodiscard]] std::size_t in_state(State state) const {
    std::size_t count = 0;
    for (const auto& [id, outcome] : last_) count += outcome.state == state ? 1 : 0;
    return count;
  }
  [[nodiscard]] bool is_on(unsigned n) const {
    return store_.get(subscription_id(n)).tier == Tier::Standard;
  }
  [[nodiscard]] unsigned on(unsigned last) const {
    unsigned count = 0;
    for (unsigned n = 1; n <= last; ++n) count += is_on(n) ? 1 : 0;
    return count;
  }

  FakeClock clock_;
  FakePlanStore store_;
  Schedule schedule_ = kSchedule;
  SafetyRules rules_;
  WritePermit permit_;
  std::pair<SafetyMemory, WallTime> saved_;
  std::vector<BrakeNotice> notices_;
  std::map<SubscriptionId, Outcome> last_;
  std::map<SubscriptionId, Pricing> seen_;
  std::unique_ptr<Safety> safety_;
  std::unique_ptr<Reconciler> reconciler_;
  std::unique_ptr<Controller> controller_;
};

}  // namespace defenderd
