#include "reconcile/inspector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "support/builders.h"
#include "support/fake_account_source.h"
#include "support/fake_clock.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class InspectorTest : public testing::Test {
 protected:
  void target(unsigned n, bool managed = true, bool needs_posture = false) {
    targets_.push_back({subscription_id(n), {}, managed, needs_posture});
  }
  Inspector::Listener listener() {
    Inspector::Listener listener;
    listener.targets = [this]() -> std::optional<std::vector<InspectionTarget>> {
      if (throws_) throw std::runtime_error("no memory");
      if (!may_start_) return std::nullopt;
      return targets_;
    };
    listener.inspected = [this](SubscriptionId id, const Inspection& inspection) {
      if (report_throws_) throw std::runtime_error("no memory");
      inspected_[id] = inspection;
    };
    listener.completed = [this](const InspectionRound& round) { rounds_.push_back(round); };
    listener.passed = [this](const std::optional<InspectionProgress>& progress) {
      ++passed_;
      if (progress && (progress_.empty() || progress_.back() != *progress))
        progress_.push_back(*progress);
    };
    listener.threw = [this](std::string_view, std::string_view what) { threw_.emplace_back(what); };
    return listener;
  }
  // Everything that is due for so long.
  void pass(Duration time) {
    const SteadyTime end = clock_.steady_now() + time;
    while (inspector_.next_step() <= end) {
      clock_.advance_to(std::max(inspector_.next_step(), clock_.steady_now()));
      inspector_.step({});
    }
    clock_.advance_to(end);
  }

  FakeClock clock_;
  FakeAccountSource source_;
  std::vector<InspectionTarget> targets_;
  bool may_start_ = true;
  bool throws_ = false;         // when it is asked for the targets
  bool report_throws_ = false;  // of an inspection
  std::map<SubscriptionId, Inspection> inspected_;
  std::vector<InspectionRound> rounds_;
  std::vector<std::string> threw_;
  int passed_ = 0;
  std::vector<InspectionProgress> progress_;  // as it changed
  SteadyTime open_at_ = {};
  Inspector inspector_{source_, clock_, [this](const Lane&) { return open_at_; }, {}, listener()};
};

TEST_F(InspectorTest, LooksAtEachAccountOnceAnInterval) {
  for (unsigned n = 1; n <= 3; ++n) target(n);
  source_.add(1, 1);
  source_.add(3, 1, AccountSwitch::Off);
  source_.add(3, 2);
  pass(1h);
  ASSERT_EQ(rounds_.size(), 1U);
  EXPECT_EQ(rounds_[0].subscriptions, 3U);
  EXPECT_EQ(rounds_[0].accounts, 3U);
  EXPECT_EQ(rounds_[0].may_hold,
            (std::set<SubscriptionId>{subscription_id(1), subscription_id(3)}));
  EXPECT_EQ(source_.finds, 1);
  EXPECT_EQ(source_.lists, 1) << "the graph may have omitted it";
  EXPECT_EQ(source_.inspections, 3);
  EXPECT_TRUE(source_.with_filters);
  ASSERT_THAT(inspected_, SizeIs(2));
  EXPECT_EQ(inspected_[subscription_id(3)].accounts[0].defender, AccountSwitch::Off);
  EXPECT_THAT(source_.plans_read, IsEmpty()) << "the plans of managed ones are known";
  pass(6h);
  EXPECT_EQ(rounds_.size(), 2U);
}

TEST_F(InspectorTest, SaysHowFarARoundIsAndWhenTheNextBegins) {
  for (unsigned n = 1; n <= 4; ++n) target(n);
  source_.add(1, 1);
  source_.add(1, 2);
  source_.add(4, 1);
  const WallTime began = clock_.wall_now();
  pass(1h);
  EXPECT_THAT(progress_, ElementsAre(InspectionProgress{4, 4}, InspectionProgress{4, 3},
                                     InspectionProgress{4, 2}, InspectionProgress{4, 1}));
  ASSERT_THAT(rounds_, SizeIs(1));
  EXPECT_EQ(rounds_[0].next, began + 6h);
  progress_.clear();
  pass(4h);
  EXPECT_THAT(progress_, IsEmpty()) << "no round is in progress";
}

TEST_F(InspectorTest, WaitsForTheFirstSweep) {
  target(1);
  source_.add(1, 1);
  may_start_ = false;
  pass(5min);
  EXPECT_EQ(source_.finds, 0);
  may_start_ = true;
  pass(1min);
  EXPECT_EQ(rounds_.size(), 1U);
}

TEST_F(InspectorTest, AsksForFiveHundredSubscriptionsAtOnce) {
  for (unsigned n = 1; n <= 1201; ++n) target(n);
  pass(1h);
  EXPECT_EQ(source_.finds, 3);
  EXPECT_EQ(source_.largest_batch, 500U);
  pass(5h);
  EXPECT_EQ(source_.lists, 1201) << "the graph may have omitted them";
  EXPECT_EQ(source_.inspections, 0);
  EXPECT_EQ(rounds_.size(), 1U);
}

TEST_F(InspectorTest, TenantsHaveBatchesOfTheirOwn) {
  target(1);
  targets_.push_back(
      {subscription_id(2), TenantId::parse("aaaaaaaa-0000-4000-8000-000000000001"), true, false});
  pass(1min);
  EXPECT_EQ(source_.finds, 2);
}

TEST_F(InspectorTest, WithoutTheGraphEachSubscriptionIsListed) {
  for (unsigned n = 1; n <= 3; ++n) target(n);
  source_.add(2, 1);
  source_.graph_failure = failure(Reason::Forbidden, NextTry::Slow, "no graph");
  pass(1h);
  EXPECT_EQ(source_.lists, 3);
  ASSERT_EQ(rounds_.size(), 1U);
  EXPECT_EQ(rounds_[0].accounts, 1U);
  EXPECT_EQ(rounds_[0].failed, 0U);
}

TEST_F(InspectorTest, SpreadsItsRequestsEvenly) {
  target(1);
  for (unsigned n = 1; n <= 3000; ++n) source_.add(1, n);
  pass(1h);
  EXPECT_NEAR(source_.inspections, 500, 25) << "3,000 in six hours";
  pass(5h);
  EXPECT_EQ(source_.inspections, 3000);
}

TEST_F(InspectorTest, AFewAccountsDoNotTakeAllDay) {
  target(1);
  for (unsigned n = 1; n <= 10; ++n) source_.add(1, n);
  pass(2min);
  EXPECT_EQ(rounds_.size(), 1U);
}

TEST_F(InspectorTest, LeavesTheBudgetToThePlans) {
  target(1);
  source_.add(1, 1);
  open_at_ = clock_.steady_now() + 30min;
  pass(29min);
  EXPECT_EQ(source_.inspections, 0);
  EXPECT_GE(passed_, 25) << "it reports that it is alive";
  pass(2min);
  EXPECT_EQ(source_.inspections, 1);
}

TEST_F(InspectorTest, AnAccountThatIsGoneIsNoError) {
  target(1);
  source_.add(1, 1);
  source_.add(1, 2);
  Failure gone = failure(Reason::SubscriptionNotFound, NextTry::Slow);
  gone.http_status = 404;
  source_.failures = {gone};
  pass(1h);
  ASSERT_EQ(rounds_.size(), 1U);
  EXPECT_EQ(rounds_[0].failed, 0U);
  EXPECT_THAT(inspected_[subscription_id(1)].accounts, SizeIs(1));
}

TEST_F(InspectorTest, WhatMayPassIsTriedAgainWhileOthersGoOn) {
  target(1);
  target(2);
  source_.add(1, 1);
  source_.add(2, 1);
  Failure throttled = failure(Reason::Throttled, NextTry::ServerWait);
  throttled.server_wait = 10min;
  source_.failures = {throttled};
  pass(1min);
  EXPECT_THAT(inspected_, SizeIs(1)) << "the other one";
  pass(8min);
  EXPECT_THAT(inspected_, SizeIs(1));
  pass(2min);
  EXPECT_THAT(inspected_, SizeIs(2));
  ASSERT_EQ(rounds_.size(), 1U);
  EXPECT_EQ(rounds_[0].failed, 0U);
}

TEST_F(InspectorTest, WhatDoesNotPassIsGivenUpForThisRoundAndKept) {
  target(1);
  source_.add(1, 1);
  source_.failures.assign(3, failure(Reason::ServerError, NextTry::Soon, "it is broken"));
  pass(1h);
  ASSERT_EQ(rounds_.size(), 1U);
  EXPECT_EQ(rounds_[0].failed, 1U);
  EXPECT_EQ(rounds_[0].failure, "it is broken");
  EXPECT_TRUE(rounds_[0].may_hold.contains(subscription_id(1))) << "what was known stays";
  EXPECT_THAT(inspected_, IsEmpty());
}

TEST_F(InspectorTest, ARefusalIsNamedAndNoFailure) {
  for (const bool graph_refuses : {true, false}) {
    rounds_.clear();
    source_.lists = 0;
    targets_.clear();
    target(1);
    target(2);
    if (graph_refuses) source_.graph_failure = failure(Reason::Forbidden, NextTry::Slow);
    source_.list_failure = failure(Reason::Forbidden, NextTry::Slow, "grant it");
    pass(graph_refuses ? 5h : 6h);
    EXPECT_EQ(source_.lists, 2);
    ASSERT_EQ(rounds_.size(), 1U);
    EXPECT_EQ(rounds_[0].failed, 0U);
    EXPECT_EQ(rounds_[0].not_permitted, 2U);
    EXPECT_THAT(rounds_[0].denied, ElementsAre("Microsoft.CognitiveServices/accounts/read"));
    source_.graph_failure.reset();
  }
}

// The graph shows what the identity may read, and does not say that there is more.
TEST_F(InspectorTest, OneSubscriptionThatMayNotBeReadIsNotOneWithoutAccounts) {
  for (unsigned n = 1; n <= 3; ++n) target(n);
  source_.add(1, 1);
  source_.add(2, 1);
  source_.deny(2);
  pass(1h);
  ASSERT_THAT(rounds_, SizeIs(1));
  EXPECT_EQ(rounds_[0].not_permitted, 1U);
  EXPECT_THAT(rounds_[0].denied, ElementsAre("Microsoft.CognitiveServices/accounts/read"));
  EXPECT_EQ(rounds_[0].may_hold, (std::set<SubscriptionId>{subscription_id(1), subscription_id(2)}))
      << "what was known of the second stays known";
  EXPECT_THAT(inspected_, SizeIs(1));
}

TEST_F(InspectorTest, WhatIsDeniedIsNamed) {
  target(1);
  source_.add(1, 1);
  source_.accounts[subscription_id(1)][0].denied = "x/read";
  pass(1h);
  EXPECT_THAT(rounds_.at(0).denied, ElementsAre("x/read"));
}

TEST_F(InspectorTest, ReadsThePlanOfUnmanagedOnesThatHoldAccounts) {
  target(1, false);
  target(2, false);
  source_.add(1, 1);
  pass(1h);
  EXPECT_THAT(source_.plans_read, ElementsAre(guid(1) + " AI"));
  EXPECT_EQ(inspected_[subscription_id(1)].plan_on, false);
}

TEST_F(InspectorTest, ReadsTheScannersPlanWhereItMatters) {
  target(1, true, true);
  source_.plan_on = true;
  pass(1h);
  EXPECT_THAT(source_.plans_read, ElementsAre(guid(1) + " CloudPosture"));
  EXPECT_EQ(inspected_[subscription_id(1)].posture_on, true);
  EXPECT_THAT(inspected_[subscription_id(1)].accounts, IsEmpty());
}

TEST_F(InspectorTest, OptionsTakeEffect) {
  target(1);
  source_.add(1, 1);
  inspector_.set_options({.enabled = false});
  pass(12h);
  EXPECT_EQ(source_.finds, 0);
  EXPECT_LT(passed_, 1000) << "it sleeps";
  inspector_.set_options({.interval = 1h, .content_filters = false});
  pass(3h);
  EXPECT_FALSE(source_.with_filters);
  EXPECT_EQ(rounds_.size(), 3U);
}

TEST_F(InspectorTest, AShorterIntervalCountsFromTheLastRound) {
  target(1);
  inspector_.set_options({.interval = 168h});
  pass(2h);
  ASSERT_THAT(rounds_, SizeIs(1));
  inspector_.set_options({.interval = 30min});
  pass(1min);
  EXPECT_THAT(rounds_, SizeIs(2));
}

// Options that come while a step is in progress are not lost when it plans the next one.
TEST_F(InspectorTest, OptionsThatComeDuringAStepTakeEffectAtOnce) {
  target(1);
  source_.add(1, 1);
  source_.on_inspect = [&] { inspector_.set_options({.interval = 5min}); };
  pass(2min);
  ASSERT_THAT(rounds_, SizeIs(1));
  source_.on_inspect = nullptr;
  pass(5min);
  EXPECT_THAT(rounds_, SizeIs(2));
}

TEST_F(InspectorTest, AListenerThatThrowsEndsNothing) {
  target(1);
  source_.add(1, 1);
  report_throws_ = true;
  pass(1h);
  EXPECT_THAT(threw_, ElementsAre("no memory"));
  EXPECT_THAT(rounds_, SizeIs(1));
  report_throws_ = false;
  pass(6h);
  EXPECT_THAT(inspected_, SizeIs(1));
}

TEST_F(InspectorTest, ASourceThatThrowsIsAFailureAndForgetsNoSubscription) {
  for (unsigned n = 1; n <= 3; ++n) {
    target(n);
    source_.add(n, 1);
  }
  source_.throws = true;
  pass(1h);
  ASSERT_THAT(rounds_, SizeIs(1));
  EXPECT_THAT(rounds_[0].may_hold, SizeIs(3)) << "they stay as they were known";
  EXPECT_EQ(rounds_[0].failed, 3U);
  EXPECT_THAT(rounds_[0].failure, testing::HasSubstr("no memory"));
  EXPECT_THAT(threw_, SizeIs(4)) << "one query, three inspections";
  source_.throws = false;
  pass(6h);
  EXPECT_THAT(inspected_, SizeIs(3));
}

TEST_F(InspectorTest, ARoundThatThrewIsGivenUpAndBegunAgain) {
  target(1);
  source_.add(1, 1);
  throws_ = true;
  pass(1h);
  EXPECT_THAT(threw_, SizeIs(testing::AllOf(testing::Ge(5U), testing::Le(7U))));
  EXPECT_THAT(rounds_, IsEmpty()) << "an incomplete round says nothing";
  throws_ = false;
  pass(20min);
  EXPECT_THAT(rounds_, SizeIs(1));
  EXPECT_THAT(inspected_, SizeIs(1));
}

TEST_F(InspectorTest, WithoutSubscriptionsARoundIsOverAtOnce) {
  pass(1min);
  EXPECT_EQ(rounds_.size(), 1U);
  EXPECT_LT(passed_, 20);
}

}  // namespace
}  // namespace defenderd
