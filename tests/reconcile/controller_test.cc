#include "reconcile/controller.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "support/builders.h"
#include "support/eventually.h"
#include "support/fake_clock.h"
#include "support/fake_plan_store.h"
#include "support/fleets.h"
#include "support/run_for.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

class ControllerTest : public testing::Test {
 protected:
  ControllerTest() : reconciler_(store_, clock_, {}), controller_(make(reconciler_)) {}

  std::unique_ptr<Controller> make(const Reconciler& reconciler) {
    return std::make_unique<Controller>(
        reconciler, clock_, WorkQueue::LaneGate{}, [] { return 0.5; },
        Controller::Listener{[this](const Outcome& outcome, const Attempt& attempt) {
                               outcomes_.push_back(outcome);
                               attempts_.push_back(attempt);
                             },
                             [this](WallTime) { ++sweeps_; }},
        Controller::Options{.workers = 4, .schedule = kSchedule});
  }

  void run_for(Duration span) { defenderd::run_for(*controller_, clock_, span); }

  FakeClock clock_;
  FakePlanStore store_;
  Reconciler reconciler_;
  std::vector<Outcome> outcomes_;
  std::vector<Attempt> attempts_;
  int sweeps_ = 0;
  std::unique_ptr<Controller> controller_;
};

TEST_F(ControllerTest, LooksAtAllAtOnceAndThenEveryInterval) {
  for (unsigned n = 1; n <= 3; ++n) store_.put(subscription_id(n), standard_plan());
  controller_->set_desired(
      desired_state({declared(1, true), declared(2, true), declared(3, true)}));
  run_for(0s);
  EXPECT_EQ(store_.reads(), 3);
  EXPECT_EQ(sweeps_, 1);
  run_for(4min);
  EXPECT_EQ(store_.reads(), 3);
  run_for(1min);
  EXPECT_EQ(store_.reads(), 6);
  EXPECT_EQ(sweeps_, 2);
  EXPECT_EQ(store_.writes(), 0);
}

TEST_F(ControllerTest, ASweepThatWaitsOnlyForWhatAnEditRemovesIsOver) {
  for (unsigned n = 1; n <= 2; ++n) store_.put(subscription_id(n), standard_plan());
  controller_->set_desired(desired_state({declared(1, true)}));
  run_for(0s);
  ASSERT_EQ(sweeps_, 1);
  controller_->set_desired(desired_state({declared(1, true), declared(2, true)}));
  run_for(0s);
  EXPECT_EQ(sweeps_, 1) << "the first is due later";
  controller_->set_desired(desired_state({declared(2, true)}));
  EXPECT_EQ(sweeps_, 2);
}

TEST_F(ControllerTest, OnlyWhatChangedIsDueAtOnce) {
  for (unsigned n = 1; n <= 3; ++n) store_.put(subscription_id(n), standard_plan());
  controller_->set_desired(desired_state({declared(1, true), declared(2, true)}));
  run_for(1min);
  outcomes_.clear();
  DesiredSubscription moved = declared(1, true);
  moved.source = "another line";
  controller_->set_desired(desired_state({moved, declared(2, false), declared(3, true)}));
  run_for(0s);
  ASSERT_EQ(outcomes_.size(), 2U);
  EXPECT_EQ(outcomes_[0].desired.id, subscription_id(2));
  EXPECT_EQ(store_.get(subscription_id(2)).tier, Tier::Free);
  EXPECT_EQ(outcomes_[1].desired.id, subscription_id(3));
}

TEST_F(ControllerTest, WhatLeavesIsNeitherLookedAtNorSwitchedOff) {
  store_.put(subscription_id(1), standard_plan());
  controller_->set_desired(desired_state({declared(1, true)}));
  run_for(0s);
  controller_->set_desired(desired_state({}));
  run_for(1h);
  EXPECT_EQ(store_.reads(), 1);
  EXPECT_EQ(store_.get(subscription_id(1)).tier, Tier::Standard);
  EXPECT_EQ(controller_->next_ready(), std::nullopt);
}

TEST_F(ControllerTest, FailuresBackOffAndRecover) {
  store_.put(subscription_id(1), standard_plan());
  for (int i = 0; i < 4; ++i) {
    store_.fail_next_read(subscription_id(1), failure(Reason::ServerError, NextTry::Soon));
  }
  controller_->set_desired(desired_state({declared(1, true)}));
  run_for(5min);
  ASSERT_GE(attempts_.size(), 5U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(attempts_[i].failures, static_cast<int>(i) + 1);
    if (i > 0) {
      EXPECT_GT(attempts_[i].next_in, attempts_[i - 1].next_in);
    }
  }
  EXPECT_EQ(attempts_[4].failures, 0);
  EXPECT_EQ(outcomes_[4].state, State::InSync);
  EXPECT_EQ(attempts_[4].next_in, 5min);
}

TEST_F(ControllerTest, BusyIsNoFailureUntilItLasts) {
  store_.put(subscription_id(1), free_plan());
  for (int i = 0; i < 40; ++i) {
    store_.fail_next_write(subscription_id(1),
                           failure(Reason::UpdateInProgress, NextTry::Busy, "busy"));
  }
  controller_->set_desired(desired_state({declared(1, true)}));
  run_for(10min);
  for (const Outcome& outcome : outcomes_) EXPECT_EQ(outcome.result, ReconcileResult::Retry);
  EXPECT_EQ(attempts_.back().failures, 0);
  run_for(10min);
  EXPECT_EQ(outcomes_.back().state, State::Failing);
  EXPECT_EQ(outcomes_.back().reason, Reason::UpdateInProgress);
  EXPECT_NE(outcomes_.back().message.find("busy (for 1"), std::string::npos)
      << outcomes_.back().message;
}

TEST_F(ControllerTest, AWaitThatLastedForLongBeforeIsAFailureAtOnce) {
  store_.put(subscription_id(1), standard_plan());
  Failure throttled = failure(Reason::Throttled, NextTry::ServerWait, "throttled");
  throttled.server_wait = 2min;
  throttled.lasted = 16min;
  store_.fail_next_read(subscription_id(1), throttled);
  controller_->set_desired(desired_state({declared(1, true)}));
  controller_->step();
  EXPECT_EQ(outcomes_.back().state, State::Failing);
  EXPECT_EQ(outcomes_.back().message, "throttled (for 16m now)");
}

TEST_F(ControllerTest, ALongWaitThatTheServerAsksForIsAFailureAtOnce) {
  store_.put(subscription_id(1), standard_plan());
  Failure throttled = failure(Reason::Throttled, NextTry::ServerWait, "throttled");
  throttled.server_wait = 20min;
  store_.fail_next_read(subscription_id(1), throttled);
  controller_->set_desired(desired_state({declared(1, true)}));
  controller_->step();
  EXPECT_EQ(outcomes_.back().state, State::Failing);
  EXPECT_EQ(outcomes_.back().message, "throttled");
}

// Each of them alone is reported: waits once they have lasted, other failures at once.
TEST_F(ControllerTest, FailuresThatTakeTurnsAreReportedLikeOneThatLasts) {
  const Failure throttled = failure(Reason::Throttled, NextTry::ServerWait, "throttled");
  const Failure busy = failure(Reason::UpdateInProgress, NextTry::Busy, "busy");
  const Failure registering = failure(Reason::ProviderRegistering, NextTry::ServerWait, "waits");
  const Failure timeout = failure(Reason::Timeout, NextTry::Soon, "no answer");
  struct Case {
    const char* description;
    std::vector<Failure> turns;
    bool of_writes;
    std::optional<Reason> reason;  // nullopt: either
  };
  const std::vector<Case> cases{
      {"reads, throttled and without an answer", {throttled, timeout}, false, Reason::Timeout},
      {"reads, mostly throttled",
       {throttled, throttled, throttled, timeout},
       false,
       Reason::Timeout},
      {"reads, two kinds of waits", {throttled, registering}, false, std::nullopt},
      {"a provider that is being registered, and no answer",
       {registering, timeout},
       false,
       Reason::Timeout},
      {"writes, busy and without an answer", {busy, timeout}, true, Reason::Timeout},
      {"writes, mostly busy", {busy, busy, busy, busy, timeout}, true, Reason::Timeout},
  };
  for (unsigned n = 1; n <= cases.size(); ++n) {
    const Case& one = cases[n - 1];
    SCOPED_TRACE(one.description);
    outcomes_.clear();
    controller_ = make(reconciler_);
    store_.put(subscription_id(n), one.of_writes ? free_plan() : standard_plan());
    for (std::size_t i = 0; i < 400; ++i) {
      const Failure& next = one.turns[i % one.turns.size()];
      one.of_writes ? store_.fail_next_write(subscription_id(n), next)
                    : store_.fail_next_read(subscription_id(n), next);
    }
    controller_->set_desired(desired_state({declared(n, true)}));
    run_for(20min);
    outcomes_.clear();
    run_for(1h);
    ASSERT_GE(outcomes_.size(), 4U);
    for (const Outcome& outcome : outcomes_) {
      EXPECT_EQ(outcome.state, State::Failing) << to_text(outcome.state);
      EXPECT_EQ(outcome.reason, one.reason.value_or(outcomes_.front().reason))
          << to_text(outcome.reason);
    }
  }
}

TEST_F(ControllerTest, AnEntryHasItsOwnInterval) {
  store_.put(subscription_id(1), standard_plan());
  DesiredSubscription often = declared(1, true);
  often.interval = 30s;
  controller_->set_desired(desired_state({often}));
  run_for(2min);
  EXPECT_EQ(store_.reads(), 5);
}

TEST_F(ControllerTest, ASuspensionEndsOnTime) {
  store_.put(subscription_id(1), free_plan());
  DesiredSubscription desired = declared(1, true);
  desired.suspend = Suspension{clock_.wall_now() + 7min, "move", ""};
  controller_->set_desired(desired_state({desired}));
  run_for(7min - 1ms);
  EXPECT_EQ(store_.get(subscription_id(1)).tier, Tier::Free);
  run_for(1ms);
  EXPECT_EQ(store_.get(subscription_id(1)).tier, Tier::Standard);
}

TEST_F(ControllerTest, ReconcileNowBringsForward) {
  for (unsigned n = 1; n <= 2; ++n) store_.put(subscription_id(n), standard_plan());
  controller_->set_desired(desired_state({declared(1, true), declared(2, true)}));
  run_for(0s);
  EXPECT_TRUE(controller_->reconcile_now(subscription_id(2)));
  run_for(0s);
  EXPECT_EQ(store_.reads(), 3);
  EXPECT_TRUE(controller_->reconcile_now(std::nullopt));
  run_for(0s);
  EXPECT_EQ(store_.reads(), 5);
  EXPECT_FALSE(controller_->reconcile_now(subscription_id(9)));
}

TEST_F(ControllerTest, ASingleRequestActsAtOnceAndALoopOfThemCostsLittle) {
  for (unsigned n = 1; n <= 10; ++n) store_.put(subscription_id(n), standard_plan());
  controller_->set_desired(desired_state(all_declared(10, true)));
  run_for(0s);
  EXPECT_TRUE(controller_->request(subscription_id(2)));
  run_for(0s);
  EXPECT_EQ(store_.reads(), 11);
  EXPECT_TRUE(controller_->request(std::nullopt));
  run_for(0s);
  EXPECT_EQ(store_.reads(), 21);
  EXPECT_FALSE(controller_->request(subscription_id(9999)));
  for (int i = 0; i < 1400; ++i) {
    controller_->request(std::nullopt);
    controller_->request(subscription_id(2));
    run_for(10ms);
  }
  EXPECT_LE(store_.reads(), 21 + 9 * 10 + 9)
      << "ten in a row are followed at once, two were already";
  const int reads = store_.reads();
  for (int i = 0; i < 600; ++i) {
    controller_->request(std::nullopt);
    controller_->request(subscription_id(2));
    run_for(100ms);
  }
  EXPECT_LE(store_.reads(), reads + 3 * 11) << "and then one in half a minute";
}

class ThrowingStore final : public PlanStore {
 public:
  ArmResult<PlanRead> read(const PlanKey& key, std::stop_token) override {
    if (key.subscription == subscription_id(1)) throw std::runtime_error("a broken invariant");
    return PlanRead{standard_plan()};
  }
  ArmResult<Done> await_turn(const PlanKey&, std::stop_token) override { return Done{}; }
  ArmResult<PlanWritten> write(const PlanKey&, const PlanWrite&, std::stop_token) override {
    throw 42;  // NOLINT: what no code should throw
  }
};

TEST_F(ControllerTest, AnExceptionEndsNothingButItsReconcile) {
  ThrowingStore store;
  const Reconciler reconciler(store, clock_, {});
  controller_ = make(reconciler);
  controller_->set_desired(
      desired_state({declared(1, true), declared(2, true), declared(3, false)}));
  run_for(0s);
  ASSERT_EQ(outcomes_.size(), 3U);
  EXPECT_EQ(outcomes_[0].result, ReconcileResult::Panic);
  EXPECT_EQ(outcomes_[0].state, State::Failing);
  EXPECT_EQ(outcomes_[0].reason, Reason::InternalError);
  EXPECT_NE(outcomes_[0].message.find("a broken invariant"), std::string::npos);
  EXPECT_EQ(outcomes_[1].state, State::InSync);
  EXPECT_EQ(outcomes_[2].result, ReconcileResult::Panic);
}

// A store whose reads wait until they are let go, or are stopped.
class SlowStore final : public PlanStore {
 public:
  ArmResult<PlanRead> read(const PlanKey&, std::stop_token) override {
    return PlanRead{free_plan()};
  }
  ArmResult<Done> await_turn(const PlanKey&, std::stop_token) override { return Done{}; }
  ArmResult<PlanWritten> write(const PlanKey&, const PlanWrite& wanted,
                               std::stop_token abort) override {
    ++writing;
    EXPECT_TRUE(eventually("the write is let go or aborted",
                           [&] { return release || abort.stop_requested(); }));
    ++(abort.stop_requested() ? aborted : finished);
    return PlanWritten{wanted.pricing};
  }
  std::atomic<int> writing = 0;
  std::atomic<int> finished = 0;
  std::atomic<int> aborted = 0;
  std::atomic<bool> release = false;
};

class StopTest : public testing::Test {
 protected:
  // Runs until a write is under way, then requests the stop.
  void run(Duration grace, bool release) {
    const Reconciler reconciler(store_, clock_, {});
    Controller controller(reconciler, clock_, {}, [] { return 0.5; }, {},
                          {.workers = 2, .schedule = kSchedule, .grace = grace});
    controller.set_desired(desired_state({declared(1, true)}));
    std::stop_source stop;
    std::jthread running([&] { controller.run(stop.get_token()); });
    EXPECT_TRUE(eventually("a write is under way", [&] { return store_.writing > 0; }));
    stop.request_stop();
    store_.release = release;
    running.join();
  }
  SystemClock clock_;
  SlowStore store_;
};

TEST_F(StopTest, LetsAWriteFinish) {
  run(1h, true);
  EXPECT_EQ(store_.finished, 1);
  EXPECT_EQ(store_.aborted, 0);
}

TEST_F(StopTest, CutsOffAWriteThatOutlastsTheGrace) {
  run(1ms, false);
  EXPECT_EQ(store_.finished, 0);
  EXPECT_EQ(store_.aborted, 1);
}

TEST_F(ControllerTest, AWorkerThatHangsInAListenerIsSilent) {
  Duration reconciled{0};
  Duration swept{0};
  Heartbeats heartbeats(clock_);
  const Heartbeat this_thread(&heartbeats, "reconcile-1");
  const auto hangs = [&](Duration& seen) {
    clock_.advance(10min);
    seen = heartbeats.read().front().silent;
  };
  controller_ = std::make_unique<Controller>(
      reconciler_, clock_, WorkQueue::LaneGate{}, [] { return 0.5; },
      Controller::Listener{[&](const Outcome&, const Attempt&) { hangs(reconciled); },
                           [&](WallTime) { hangs(swept); }},
      Controller::Options{.workers = 4, .schedule = kSchedule});
  store_.put(subscription_id(1), standard_plan());
  controller_->set_desired(desired_state({declared(1, true)}));
  controller_->step();
  EXPECT_GE(reconciled, 10min);
  EXPECT_GE(swept, 20min);
}

}  // namespace
}  // namespace defenderd
