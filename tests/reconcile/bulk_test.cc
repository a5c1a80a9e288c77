// Bulk observation: what of it the controller believes, and what it asks ARM all the same.

#include <gmock/gmock.h>

#include "bulk_fleet.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class BulkTest : public BulkFleet {};

TEST_F(BulkTest, SeesAllAtOnceAndReadsEachOnceInTheFullInterval) {
  begin(1200);
  sweeper_->pass({});
  EXPECT_EQ(first_, 1200U);
  EXPECT_EQ(store_.reads(), 0);
  EXPECT_EQ(in_state(State::InSync), 1200U);
  EXPECT_EQ(sweeps_, 1) << "each was attempted";
  for (int i = 0; i < 24; ++i) {
    const int reads = reads_in(5min);
    EXPECT_NEAR(reads, 100, 3) << "spread evenly, " << i;
  }
  EXPECT_EQ(answered_, 3 * 25) << "batches of 500";
  EXPECT_EQ(again_, 1200U * 24);
  EXPECT_EQ(store_.writes(), 0);
  EXPECT_EQ(sweeps_, 25);
}

TEST_F(BulkTest, ReadsWhatIsNotUrgentInSmallGroups) {
  begin(1200);
  std::map<SteadyTime, int> reads;
  for (int pass = 0; pass < 24; ++pass) {
    sweeper_->pass({});
    run_for(5min, [&] { ++reads[clock_.steady_now()]; });
  }
  int all = 0;
  for (const auto& [at, count] : reads) {
    EXPECT_EQ(at.time_since_epoch() % 10s, 0s);
    EXPECT_LE(count, 6) << "spread evenly over the full interval";
    all += count;
  }
  EXPECT_NEAR(all, 2400, 10);
}

TEST_F(BulkTest, AsksForEachOnceByTheTenantThatItIsIn) {
  make();
  auto subscriptions = all_declared(5, true);
  for (unsigned n = 1; n <= 5; ++n) store_.put(subscription_id(n), standard_plan());
  for (const std::size_t other : {0U, 3U}) subscriptions[other].tenant = kOther;
  use(subscriptions);
  const auto batches = controller_->bulk_batches(2);
  ASSERT_EQ(batches.size(), 3U);
  EXPECT_EQ(batches[0].lane, std::nullopt);
  EXPECT_THAT(batches[0].ids, ElementsAre(subscription_id(2), subscription_id(3)));
  EXPECT_THAT(batches[1].ids, ElementsAre(subscription_id(5)));
  EXPECT_EQ(batches[2].lane, kOther);
  EXPECT_THAT(batches[2].ids, ElementsAre(subscription_id(1), subscription_id(4)));
}

TEST_F(BulkTest, WhatIsShownAsDriftedIsReadAndCorrectedAtOnce) {
  begin(600);
  observe_for(10min);
  const int before = store_.reads();
  drift(7, true);
  sweeper_->pass({});
  EXPECT_EQ(store_.writes(), 0) << "nothing is written before ARM was read";
  run_for(0s);
  EXPECT_THAT(doubts_, ElementsAre(subscription_id(7)));
  EXPECT_EQ(store_.reads() - before, 2) << "read, and verified";
  EXPECT_TRUE(is_on(7));
  EXPECT_EQ(last(7).result, ReconcileResult::Corrected);
  EXPECT_THAT(disagreed_, IsEmpty());
}

TEST_F(BulkTest, ADriftThatIsThereAtTheStartIsCorrectedWithTheFirstPass) {
  begin(600);
  drift(7, true);
  sweeper_->pass({});
  run_for(0s);
  EXPECT_TRUE(is_on(7));
  EXPECT_EQ(store_.reads(), 2);
}

// Bulk observation cannot show what they leave open.
TEST_F(BulkTest, WhatIsUnresolvedSinceBeforeARestartIsReadAtOnce) {
  Unconfirmed change{{Field::plan(kDeclaredPlan), true, "off"}, {}, clock_.steady_now()};
  change.accepted = false;
  begin(600, {{subscription_id(7), {{{}, {change}}}},
              {subscription_id(8), {{{{std::string(kPromptEvidence), "no permission"}}, {}}}}});
  sweeper_->pass({});
  EXPECT_EQ(first_, 598U);
  run_for(0s);
  EXPECT_EQ(store_.reads(), 2);
  ASSERT_EQ(last(7).changes.size(), 1U);
  EXPECT_EQ(last(7).changes[0].result, ChangeResult::Applied);
  EXPECT_EQ(store_.writes(), 0);
}

// Bulk observation may be older than what the run before knew.
TEST_F(BulkTest, WhatWasNotInSyncBeforeARestartIsReadBeforeItIsBelieved) {
  begin(600, {{subscription_id(7), {}}, {subscription_id(8), {}}});
  drift(7, false);
  store_.fail_reads(subscription_id(8), failure(Reason::Forbidden, NextTry::Slow));
  sweeper_->pass({});
  EXPECT_EQ(first_, 598U);
  run_for(0s);
  EXPECT_EQ(last(7).result, ReconcileResult::Corrected);
  EXPECT_EQ(last(8).state, State::Failing);
  sweeper_->pass({});
  EXPECT_EQ(first_, 598U) << "the one that cannot be read is not as declared";
  EXPECT_EQ(last(8).state, State::Failing);
}

TEST_F(BulkTest, NothingIsWrittenForADriftThatOnlyTheBulkStoreShows) {
  begin(600);
  store_.put(subscription_id(7), free_plan());
  bulk_.lag(subscription_id(7));
  store_.put(subscription_id(7), standard_plan());
  observe_for(1h);
  EXPECT_EQ(store_.writes(), 0);
  EXPECT_EQ(doubts_.size(), 1U) << "what goes on being shown is looked into once";
  EXPECT_EQ(last(7).state, State::InSync);
}

struct NotShown {
  const char* name;
  void (FakeBulkStore::*how)(SubscriptionId);
};

void PrintTo(const NotShown& one, std::ostream* out) { *out << one.name; }

class NotShownTest : public BulkTest, public testing::WithParamInterface<NotShown> {};

TEST_P(NotShownTest, IsReadEachIntervalAsIfThereWasNoBulkStore) {
  begin(600);
  (bulk_.*GetParam().how)(subscription_id(7));
  observe_for(1h);
  EXPECT_EQ(last(7).state, State::InSync);
  drift(7, true);
  run_for(5min);
  EXPECT_TRUE(is_on(7)) << "within poll.interval";
  EXPECT_THAT(doubts_, ElementsAre(subscription_id(7)));
}

INSTANTIATE_TEST_SUITE_P(Cases, NotShownTest,
                         testing::Values(NotShown{"Missing", &FakeBulkStore::hide},
                                         NotShown{"Senseless", &FakeBulkStore::garble}),
                         [](const auto& it) { return it.param.name; });

TEST_F(BulkTest, AFewNewOnesAreReadDirectlyAtOnce) {
  begin(300);
  run_for(0s);
  EXPECT_EQ(store_.reads(), 300);
  auto more = all_declared(302, true);
  store_.put(subscription_id(301), standard_plan());
  store_.put(subscription_id(302), free_plan());
  use(more);
  run_for(0s);
  EXPECT_TRUE(is_on(302));
}

TEST_F(BulkTest, AnEditIsActedUponAtOnceAndIsNoDisagreement) {
  begin(600);
  observe_for(10min);
  auto edited = all_declared(600, true);
  edited[6].plan = false;
  use(edited);
  run_for(0s);
  EXPECT_FALSE(is_on(7));
  EXPECT_THAT(disagreed_, IsEmpty());
  observe_for(10min);
  EXPECT_FALSE(is_on(7));
  EXPECT_EQ(last(7).state, State::InSync);
}

TEST_F(BulkTest, AnIntervalOfItsOwnHolds) {
  make();
  auto subscriptions = all_declared(600, true);
  for (unsigned n = 1; n <= 600; ++n) store_.put(subscription_id(n), standard_plan());
  subscriptions[6].interval = 1min;
  use(subscriptions);
  BulkSweeper sweeper(*controller_, bulk_, clock_, 5min, {});
  sweeper.pass({});
  run_for(5min);
  drift(7, false);
  run_for(1min);
  EXPECT_TRUE(is_on(7));
}

TEST_F(BulkTest, WhatIsHeldBackOrFailsKeepsTheInterval) {
  begin(600);
  auto subscriptions = all_declared(600, true);
  subscriptions[6].mode = Mode::Observe;
  use(subscriptions);
  observe_for(10min);
  drift(7, true);
  drift(8, true);
  for (int i = 0; i < 100; ++i)
    store_.fail_next_read(subscription_id(8), failure(Reason::Forbidden, NextTry::Slow));
  observe_for(10min);
  EXPECT_EQ(last(7).state, State::Drifted);
  EXPECT_EQ(last(8).state, State::Failing);
  // Even where it shows them as declared: ARM itself is asked.
  store_.put(subscription_id(7), standard_plan());
  run_for(5min);
  EXPECT_EQ(last(7).state, State::InSync);
  observe_for(5min);
  EXPECT_EQ(last(8).state, State::Failing) << "a direct look failed last";
}

TEST_F(BulkTest, AnExtensionThatIsNotProvenIsNotBelieved) {
  make();
  auto subscriptions = all_declared(600, true, {evidence(true)});
  for (unsigned n = 1; n <= 600; ++n)
    store_.put(subscription_id(n), standard_plan({{std::string(kPromptEvidence), true}}));
  store_.put(subscription_id(7), free_plan());
  store_.fail_extension(subscription_id(7), std::string(kPromptEvidence), "no permission");
  use(subscriptions);
  sweeper_ =
      std::make_unique<BulkSweeper>(*controller_, bulk_, clock_, 5min, BulkSweeper::Listener{});
  observe_for(20min);
  EXPECT_EQ(last(7).state, State::Failing) << "it reads \"True\", and is not";
  store_.heal_extension(subscription_id(7), std::string(kPromptEvidence));
  observe_for(40min);
  EXPECT_EQ(last(7).state, State::InSync);
}

// The graph's rows may lack what ARM shows.
TEST_F(BulkTest, WhatIsNotShownOfADeclaredExtensionIsRead) {
  make();
  for (unsigned n = 1; n <= 600; ++n)
    store_.put(subscription_id(n), standard_plan({{std::string(kPromptEvidence), false}}));
  store_.put(subscription_id(7), standard_plan({{"AIModelScanner", false}}));
  bulk_.lag(subscription_id(7));
  store_.put(subscription_id(7),
             standard_plan({{"AIModelScanner", false}, {std::string(kPromptEvidence), true}}));
  use(all_declared(600, true, {evidence(false)}));
  sweeper_ =
      std::make_unique<BulkSweeper>(*controller_, bulk_, clock_, 5min, BulkSweeper::Listener{});
  sweeper_->pass({});
  run_for(1s);
  EXPECT_EQ(store_.get(subscription_id(7)).find(kPromptEvidence)->enabled, false)
      << "it was on, which the bulk store did not say";
  EXPECT_LT(store_.reads(), 10);
}

TEST_F(BulkTest, CountsForTheSafetyAsHavingSeenTheFleet) {
  make();
  for (unsigned n = 1; n <= 600; ++n) store_.put(subscription_id(n), standard_plan());
  auto subscriptions = all_declared(600, true);
  subscriptions[6].plan = false;
  use(subscriptions);
  sweeper_ =
      std::make_unique<BulkSweeper>(*controller_, bulk_, clock_, 5min, BulkSweeper::Listener{});
  sweeper_->pass({});
  run_for(1s);
  EXPECT_FALSE(is_on(7)) << "nothing is switched off before the fleet was seen, which it was";
  EXPECT_LT(store_.reads(), 10);
}

TEST_F(BulkTest, WhatItShowsFirstIsToldBeforeAWorkerFindsMore) {
  begin(600);
  drift(7, false);
  on_seen_ = [this] {
    if (last_.contains(subscription_id(7))) return;
    controller_->reconcile_now(subscription_id(7));
    EXPECT_FALSE(controller_->step()) << "held until it was told";
  };
  sweeper_->pass({});
  EXPECT_EQ(last(7).state, State::InSync);
  run_for(0s);
  EXPECT_EQ(last(7).result, ReconcileResult::Corrected) << "the wish was kept";
}

TEST_F(BulkTest, OneThatLeftIsLeftAlone) {
  begin(600);
  const auto batches = controller_->bulk_batches(300);
  use(all_declared(300, true));
  controller_->bulk_observed(batches[1], {{subscription_id(301), standard_plan()}});
  controller_->bulk_failed(batches[1]);
  run_for(1h);
  EXPECT_EQ(first_, 0U);
  EXPECT_FALSE(last_.contains(subscription_id(301)));
}

}  // namespace
}  // namespace defenderd
