// What the loops of reconcile/ do with exceptions: each is reported with what was being done, and
// the loop goes on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "reconcile/bulk_sweeper.h"
#include "reconcile/controller.h"
#include "reconcile/scope_follower.h"
#include "support/builders.h"
#include "support/eventually.h"
#include "support/fake_bulk_store.h"
#include "support/fake_clock.h"
#include "support/fake_plan_store.h"
#include "support/fake_subscription_source.h"
#include "support/fleets.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::SizeIs;

// What was reported. Thread-safe.
class Reports {
 public:
  OnThrow hook() {
    return [this](std::string_view doing, std::string_view what) {
      const std::scoped_lock lock(mutex_);
      lines_.push_back(std::string(doing) + ": " + std::string(what));
    };
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    const std::scoped_lock lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

[[noreturn]] void boom() { throw std::runtime_error("boom"); }

class ControllerExceptionsTest : public testing::Test {
 protected:
  void use(Controller::Listener listener, unsigned last) {
    listener.threw = reports_.hook();
    controller_.emplace(
        reconciler_, clock_, WorkQueue::LaneGate{}, [this] { return unit_(); }, std::move(listener),
        Controller::Options{.workers = 2, .schedule = {5min, 0.0, 2s, 15min, 1h}});
    for (unsigned n = 1; n <= last; ++n) store_.put(subscription_id(n), standard_plan());
    controller_->set_desired(desired_state(all_declared(last, true)));
  }
  void work_on_all() {
    while (controller_->step()) {
    }
  }

  FakeClock clock_;
  FakePlanStore store_;
  Reports reports_;
  std::function<double()> unit_ = [] { return 0.5; };
  Reconciler reconciler_{store_, clock_, {}};
  std::optional<Controller> controller_;
};

TEST_F(ControllerExceptionsTest, AListenerThatThrowsHoldsUpNoSubscriptionAndNoOtherListener) {
  int sweeps = 0;
  use({[](const Outcome&, const Attempt&) { boom(); }, [&](WallTime) { ++sweeps; }}, 2);
  work_on_all();
  EXPECT_THAT(reports_.lines(), SizeIs(2));
  EXPECT_THAT(reports_.lines(),
              Contains("reporting the outcome of " + subscription_id(1).text() + ": boom"));
  EXPECT_EQ(sweeps, 1);
  clock_.advance(5min);
  work_on_all();
  EXPECT_THAT(reports_.lines(), SizeIs(4)) << "both were worked on again";
  EXPECT_EQ(sweeps, 2);
}

TEST_F(ControllerExceptionsTest, EveryListenerMayThrow) {
  use({[](const Outcome&, const Attempt&) {}, [](WallTime) { boom(); },
       [](const Outcome&) { boom(); }, [](const BulkSeen&) { boom(); }},
      1);
  work_on_all();
  controller_->bulk_observed(controller_->bulk_batches(10).at(0), {});
  EXPECT_THAT(reports_.lines(),
              testing::ElementsAre("reporting the end of a sweep: boom",
                                   "reporting what bulk observation showed: boom"));
}

TEST_F(ControllerExceptionsTest, ASubscriptionWhoseTurnThrewIsWorkedOnAgain) {
  int reconciled = 0;
  use({[&](const Outcome&, const Attempt&) { ++reconciled; }}, 1);
  unit_ = []() -> double { boom(); };
  EXPECT_THROW(controller_->step(), std::runtime_error);
  EXPECT_EQ(controller_->stats().queue.processing, 0U);
  unit_ = [] { return 0.5; };
  clock_.advance(1min);
  work_on_all();
  EXPECT_EQ(reconciled, 1);
}

TEST_F(ControllerExceptionsTest, AWorkerThatThrewWorksOn) {
  std::atomic<int> reconciled = 0;
  std::atomic<bool> thrown = false;
  use({[&](const Outcome&, const Attempt&) { ++reconciled; }}, 1);
  unit_ = [&] {
    if (!thrown.exchange(true)) boom();
    return 0.5;
  };
  {
    const std::jthread running([this](const std::stop_token& stop) { controller_->run(stop); });
    // Waiting moves no fake time, so that the minute after which it is due again is skipped here.
    EXPECT_TRUE(eventually("the subscription was reconciled after the throw", [&] {
      if (!reports_.lines().empty()) controller_->reconcile_now({});
      return reconciled > 0;
    }));
  }
  EXPECT_THAT(reports_.lines(), testing::ElementsAre("working on a subscription: boom"));
}

class ThrowingBulkStore final : public BulkStore {
 public:
  ArmResult<std::vector<BulkPlan>> read(const std::optional<TenantId>&,
                                        std::span<const SubscriptionId>, std::stop_token) override {
    boom();
  }
};

TEST_F(ControllerExceptionsTest, ASweeperReportsAStoreThatThrowsAndReadsDirectly) {
  use({}, 2);
  ThrowingBulkStore store;
  std::optional<BulkPass> passed;
  BulkSweeper sweeper(
      *controller_, store, clock_, 5min,
      {.passed = [&](const BulkPass& pass) { passed = pass; }, .threw = reports_.hook()});
  sweeper.pass({});
  EXPECT_THAT(reports_.lines(), testing::ElementsAre("querying Azure Resource Graph: boom"));
  ASSERT_TRUE(passed);
  EXPECT_EQ(passed->unanswered, 2U);
  EXPECT_EQ(controller_->stats().queue.due, 2U);
}

TEST_F(ControllerExceptionsTest, ASweeperWhoseListenersThrowFinishesItsPass) {
  use({}, 2);
  FakeBulkStore store(store_);
  BulkSweeper sweeper(*controller_, store, clock_, 5min,
                      {.passed = [](const BulkPass&) { boom(); },
                       .queried = [](bool) { boom(); },
                       .threw = reports_.hook()});
  sweeper.pass({});
  EXPECT_THAT(reports_.lines(), testing::ElementsAre("reporting a query: boom",
                                                     "reporting a pass of bulk observation: boom"));
}

class FollowerExceptionsTest : public testing::Test {
 protected:
  // Runs until `count` listings were made: waiting takes no time on a fake clock.
  void run_until(ScopeFollower& follower, int count) {
    const std::jthread running([&](const std::stop_token& stop) { follower.run(stop); });
    EXPECT_TRUE(eventually(std::to_string(count) + " listings were made",
                           [&] { return source_.listings() >= count; }));
  }

  FakeClock clock_;
  Reports reports_;
  FakeSubscriptionSource source_;
};

TEST_F(FollowerExceptionsTest, ASourceThatThrowsIsAFailedListing) {
  std::optional<bool> good;
  ScopeFollower follower(
      source_, clock_, std::nullopt,
      {.resolved = [&](const Resolution&, const ScopeNews& news) { good = news.last_good; },
       .threw = reports_.hook()});
  follower.set_declared(scope_of("mg"));
  source_.throw_always(true);
  follower.step({});
  EXPECT_EQ(good, false);
  EXPECT_TRUE(follower.attempted());
  EXPECT_THAT(reports_.lines(), testing::ElementsAre("listing subscriptions: the list is broken"));
  source_.throw_always(false);
  follower.step({});
  EXPECT_EQ(good, true);
}

TEST_F(FollowerExceptionsTest, AListenerThatThrowsHoldsUpNoDeclaration) {
  std::size_t declared = 0;
  ScopeFollower follower(
      source_, clock_, std::nullopt,
      {.resolved = [](const Resolution&, const ScopeNews&) { boom(); },
       .listed = [](const std::vector<DiscoveredSubscription>&) { boom(); },
       .declare = [&](const DesiredState& fleet) { declared = fleet.subscriptions.size(); },
       .threw = reports_.hook()});
  follower.set_declared(desired_state(all_declared(2, true)));
  EXPECT_EQ(declared, 2U);
  follower.step({});
  EXPECT_THAT(reports_.lines(), testing::ElementsAre("reporting what the scopes cover: boom",
                                                     "reporting what is visible: boom",
                                                     "reporting what the scopes cover: boom"));
}

TEST_F(FollowerExceptionsTest, ADeclarationThatThrowsEndsNoLoopAndIsMadeAgain) {
  std::atomic<int> tried = 0;
  ScopeFollower follower(source_, clock_, std::nullopt,
                         {.declare =
                              [&](const DesiredState&) {
                                ++tried;
                                boom();
                              },
                          .threw = reports_.hook()});
  EXPECT_THROW(follower.set_declared(desired_state(all_declared(2, true))), std::runtime_error);
  run_until(follower, 3);
  EXPECT_GE(tried, 3);
  EXPECT_THAT(reports_.lines(), Contains("resolving the scopes: boom"));
}

}  // namespace
}  // namespace defenderd
