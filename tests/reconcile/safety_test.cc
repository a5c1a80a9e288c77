// Many threads at once, and the races between a reload and a reconcile under way.

#include "reconcile/safety.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "reconcile/fleet.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

class SafetyTest : public testing::Test {
 protected:
  static std::vector<Drift> plan_goes_off() { return {{Field::plan(kDeclaredPlan), false, "on"}}; }

  FakeClock clock_;
};

TEST_F(SafetyTest, AReconcileOfAnOlderDeclarationWritesNothing) {
  Safety safety(clock_, {}, {}, {test_hash});
  const DesiredSubscription old = declared(1, false);
  safety.set_desired({{old}, "a"});
  safety.set_desired({{declared(1, true, {evidence(true)})}, "b"});
  const auto asked = safety.check()(old, standard_plan(), plan_goes_off());
  const Withholding* const answer = asked.on(plan_goes_off().front().field);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->reason, Reason::FleetNotObserved);
  EXPECT_EQ(safety.held(BrakeKind::Disable), 0U) << "and it does not count";
}

TEST_F(SafetyTest, AReconcileOfWhatHasLeftWritesNothing) {
  Safety safety(clock_, {}, {}, {test_hash});
  const DesiredSubscription gone = declared(1, false);
  safety.set_desired({{gone}, "a"});
  safety.set_desired({{declared(2, true)}, "b"});
  const auto asked = safety.check()(gone, standard_plan(), plan_goes_off());
  EXPECT_TRUE(asked.on(plan_goes_off().front().field));
}

TEST_F(SafetyTest, KnowsWhatIsInForce) {
  Safety safety(clock_, {}, {}, {test_hash});
  DesiredSubscription before = declared(1, true);
  before.mode = Mode::Enforce;
  DesiredSubscription after = before;
  after.mode = Mode::Observe;
  safety.set_desired({{before}, "a"});
  EXPECT_TRUE(safety.is_in_force(before));
  EXPECT_FALSE(safety.is_in_force(after));
  safety.set_desired({{after}, "b"});
  EXPECT_FALSE(safety.is_in_force(before));
  safety.set_desired({{}, "c"});
  EXPECT_FALSE(safety.is_in_force(after)) << "it has left";
}

TEST_F(SafetyTest, TextsForPeopleDoNotMakeADeclarationNew) {
  Safety safety(clock_, {}, {}, {test_hash});
  safety.set_desired({{declared(1, false), declared(2, true)}, "a"});
  Outcome second;
  second.desired = declared(2, true);
  second.observed = standard_plan();
  safety.record(second);
  DesiredSubscription renamed = declared(2, true);
  renamed.name = "another name";
  renamed.owner = "another team";
  safety.set_desired({{declared(1, false), renamed}, "b"});
  const auto asked = safety.check()(declared(1, false), standard_plan(), plan_goes_off());
  EXPECT_FALSE(asked.on(plan_goes_off().front().field)) << "the second was observed already";
}

TEST_F(SafetyTest, HooksAreCalledWithNothingLocked) {
  Safety* self = nullptr;
  std::size_t told = 0;
  std::vector<SubscriptionId> due;
  Safety safety(clock_, {}, {.max_disables_per_sweep = 0},
                {test_hash,
                 [&](const std::vector<SubscriptionId>& ids) {
                   due = ids;
                   EXPECT_EQ(self->confirm_code().size(), 8U);
                 },
                 [&](const BrakeNotice&) { told += self->held(BrakeKind::Disable); }});
  self = &safety;
  safety.set_desired({{declared(1, false), declared(2, true)}, "a"});
  safety.check()(declared(1, false), standard_plan(), plan_goes_off());
  Outcome second;
  second.desired = declared(2, true);
  second.observed = standard_plan();
  safety.record(second);
  EXPECT_EQ(told, 0U) << "its code may change at once";
  clock_.advance(1s);
  safety.pass_time();
  EXPECT_EQ(told, 1U);
  EXPECT_EQ(due, std::vector<SubscriptionId>{subscription_id(1)});
}

// However the threads meet, no more than the limit is let through, and all of the confirmed is.
TEST_F(SafetyTest, ThreadsTogetherKeepToTheLimit) {
  constexpr unsigned kThreads = 8;
  constexpr unsigned kEach = 25;
  std::atomic<int> woken = 0;
  Safety safety(
      clock_, {}, {},
      {test_hash,
       [&](const std::vector<SubscriptionId>& ids) { woken += static_cast<int>(ids.size()); },
       [](const BrakeNotice&) {}});
  const auto all = all_declared(kThreads * kEach, false);
  safety.set_desired({declarations(all), "a"});
  const SafetyCheck check = safety.check();
  const auto sweep = [&] {
    std::atomic<unsigned> passed = 0;
    std::vector<std::jthread> threads;
    for (unsigned t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (unsigned i = 0; i < kEach; ++i) {
          const DesiredSubscription& desired = all[t * kEach + i];
          const auto asked = check(desired, standard_plan(), plan_goes_off());
          const Withholding* const withheld = asked.on(plan_goes_off().front().field);
          Outcome outcome;
          outcome.desired = desired;
          outcome.observed = standard_plan();
          Change change{plan_goes_off().front(), ChangeResult::Applied};
          if (withheld) {
            change.result = ChangeResult::Withheld;
            change.reason = withheld->reason;
            outcome.drift_left = plan_goes_off();
          } else {
            ++passed;
          }
          outcome.changes = {change};
          safety.record(outcome);
          static_cast<void>(safety.confirm_code());
        }
      });
    }
    threads.clear();
    return passed.load();
  };
  EXPECT_EQ(sweep(), 0U);
  EXPECT_GT(woken, 0);
  EXPECT_EQ(safety.held(BrakeKind::Disable), all.size());
  EXPECT_EQ(sweep(), 0U);
  safety.set_rules({.confirm = safety.confirm_code()});
  EXPECT_EQ(sweep(), all.size());
}

}  // namespace
}  // namespace defenderd
