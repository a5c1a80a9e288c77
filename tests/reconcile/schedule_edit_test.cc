// An edit of poll: what waits longer than the new settings would let it does not wait for the old.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "reconcile/controller.h"
#include "reconcile/scope_follower.h"
#include "support/builders.h"
#include "support/eventually.h"
#include "support/fake_clock.h"
#include "support/fake_plan_store.h"
#include "support/fake_subscription_source.h"
#include "support/fleets.h"
#include "support/run_for.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

constexpr Schedule kSeldom{1h, 0.0, 2s, 1h};
constexpr Schedule kOften{30s, 0.0, 2s, 1min};

class ScheduleEditTest : public testing::Test {
 protected:
  static constexpr unsigned kFleet = 100;

  ScheduleEditTest() {
    for (unsigned n = 1; n <= kFleet; ++n) store_.put(subscription_id(n), standard_plan());
  }
  void begin(const std::vector<DesiredSubscription>& fleet) {
    controller_.set_desired(desired_state(fleet));
    run_for(5min);
    store_reads_ = store_.reads();
  }
  void run_for(Duration span) { defenderd::run_for(controller_, clock_, span); }
  [[nodiscard]] int reads_in(Duration span) {
    run_for(span);
    return store_.reads() - std::exchange(store_reads_, store_.reads());
  }
  void fail_reads(NextTry next, std::optional<Duration> server_wait = {}) {
    Failure failed = failure(Reason::Forbidden, next);
    failed.server_wait = server_wait;
    store_.fail_reads(subscription_id(1), std::move(failed));
  }
  double unit() { return unit_ = unit_ > 0.98 ? 0.0 : unit_ + 0.01; }

  FakeClock clock_;
  FakePlanStore store_;
  Reconciler reconciler_{store_, clock_, {}};
  double unit_ = 0;
  std::set<SteadyTime> times_;
  Controller controller_{reconciler_,
                         clock_,
                         WorkQueue::LaneGate{},
                         [this] { return unit(); },
                         Controller::Listener{[this](const Outcome&, const Attempt&) {
                           times_.insert(clock_.steady_now());
                         }},
                         Controller::Options{.workers = 4, .schedule = kSeldom}};
  int store_reads_ = 0;
};

TEST_F(ScheduleEditTest, AShorterIntervalIsInEffectAtOnceAndSpread) {
  begin(all_declared(kFleet, true));
  times_.clear();
  const auto hastened = controller_.set_schedule(kOften);
  EXPECT_EQ(hastened.size(), kFleet);
  for (const Controller::Hastened& each : hastened) EXPECT_LE(each.due, clock_.steady_now() + 30s);
  EXPECT_EQ(reads_in(0s), 1) << "no burst";
  EXPECT_EQ(reads_in(30s), static_cast<int>(kFleet));
  EXPECT_GT(times_.size(), kFleet / 2);
  EXPECT_EQ(reads_in(5min), static_cast<int>(kFleet) * 10);
}

TEST_F(ScheduleEditTest, ALongerIntervalAndAnEditOfOtherSettingsMoveNothing) {
  begin(all_declared(kFleet, true));
  controller_.set_schedule(kSeldom);
  Schedule seldom = kSeldom;
  seldom.interval = 2h;
  EXPECT_EQ(controller_.set_schedule(seldom).size(), 0U);
  EXPECT_EQ(reads_in(54min), 0);
  EXPECT_EQ(reads_in(1min), static_cast<int>(kFleet));
}

TEST_F(ScheduleEditTest, AnEntrysOwnIntervalIsNotTheSettings) {
  DesiredSubscription own = declared(1, true);
  own.interval = 2h;
  begin({own});
  controller_.set_schedule(kOften);
  EXPECT_EQ(reads_in(1h), 0);
  own.interval = 30s;
  controller_.set_desired(desired_state({own}));
  EXPECT_EQ(reads_in(0s), 1);
  EXPECT_EQ(reads_in(1min), 2);
}

TEST_F(ScheduleEditTest, AShorterRetryIsInEffectAtOnce) {
  for (const NextTry next : {NextTry::Soon, NextTry::Slow}) {
    fail_reads(next);
    begin({declared(1, true)});
    run_for(6h);  // as slow as it gets
    controller_.set_schedule(kOften);
    store_.fail_reads(subscription_id(1), std::nullopt);
    store_reads_ = store_.reads();
    EXPECT_GE(reads_in(75s), 1) << static_cast<int>(next);
    controller_.set_schedule(kSeldom);
  }
}

TEST_F(ScheduleEditTest, WhatAServerAsksForIsKept) {
  for (const NextTry next : {NextTry::Soon, NextTry::Busy, NextTry::ServerWait}) {
    fail_reads(next, 30min);
    controller_.reconcile_now(subscription_id(1));
    begin({declared(1, true)});  // five minutes ago
    controller_.set_schedule(kOften);
    EXPECT_EQ(reads_in(24min), 0) << static_cast<int>(next);
    controller_.set_schedule(kSeldom);
  }
}

TEST_F(ScheduleEditTest, AShorterRetryDoesNotReadWhatBulkObservationVouchesFor) {
  Schedule schedule = kSeldom;
  schedule.full_interval = 6h;
  controller_.set_schedule(schedule);
  controller_.set_desired(desired_state(all_declared(400, true)));
  const auto batch = controller_.bulk_batches(500).at(0);
  std::vector<BulkPlan> plans;
  for (const SubscriptionId id : batch.ids) plans.push_back({id, standard_plan()});
  controller_.bulk_observed(batch, std::move(plans));
  schedule.interval = 30s;
  controller_.set_schedule(schedule);
  EXPECT_LT(reads_in(30min), 100);
}

TEST(ScopeScheduleEditTest, AShorterIntervalEndsTheWaitForTheNextListing) {
  // Its sleeps end only when they are woken.
  struct HeldClock final : Clock {
    [[nodiscard]] WallTime wall_now() const override { return fake.wall_now(); }
    [[nodiscard]] SteadyTime steady_now() const override { return fake.steady_now(); }
    bool sleep_until(SteadyTime when, std::stop_token stop) override {
      while (!stop.stop_requested() && steady_now() < when) std::this_thread::yield();
      return !stop.stop_requested();
    }
    FakeClock fake;
  } clock;
  FakeSubscriptionSource source;
  ScopeFollower follower(source, clock, std::nullopt, {});
  follower.set_intervals(1h, 1h);
  follower.set_declared(scope_of("", {}));
  const std::jthread running([&](const std::stop_token& stop) { follower.run(stop); });
  EXPECT_TRUE(eventually("it has listed", [&] { return source.listings() == 1; }));
  EXPECT_TRUE(eventually("it waits", [&] { return follower.next_listing() > clock.steady_now(); }));
  clock.fake.advance(1min);
  follower.set_intervals(30s, 1h);
  EXPECT_TRUE(eventually("it lists again", [&] { return source.listings() == 2; }));
}

}  // namespace
}  // namespace defenderd
