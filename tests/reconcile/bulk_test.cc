// Bulk observation: what of it the controller believes, what it asks ARM all the same, and what
// happens when it fails. Over a store that is late, incomplete or wrong.

#include <gmock/gmock.h>

#include <set>

#include "fleet.h"
#include "reconcile/bulk_sweeper.h"
#include "support/fake_bulk_store.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const TenantId kOther = *TenantId::parse("1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9");

class BulkTest : public Fleet {
 protected:
  BulkTest() { schedule_.full_interval = 1h; }

  Controller::Listener listener() override {
    Controller::Listener listener = Fleet::listener();
    listener.sweep_completed = [this](WallTime) {
      ++sweeps_;
      safety_->sweep_completed();
    };
    listener.bulk_seen = [this](const BulkSeen& seen) {
      for (const BulkSeen::First& first : seen.first) take(first.outcome);
      first_ += seen.first.size();
      again_ += seen.again.size();
      for (const SubscriptionId id : seen.doubts) doubts_.push_back(id);
    };
    listener.bulk_disagreed = [this](const Outcome& outcome, const BulkDisagreement& it) {
      disagreed_.push_back(outcome.desired.id);
      first_disagreements_ += it.first ? 1 : 0;
      if (it.distrusted_for) distrusted_for_ = it.distrusted_for;
    };
    return listener;
  }

  // Subscriptions 1 to `last` as they are declared: on.
  void begin(unsigned last) {
    make();
    for (unsigned n = 1; n <= last; ++n) store_.put(subscription_id(n), standard_plan());
    use(all_declared(last, true));
    sweeper_ = std::make_unique<BulkSweeper>(
        *controller_, bulk_, clock_, 5min,
        BulkSweeper::Listener{[this](const BulkPass& pass) { passes_.push_back(pass); },
                              [this](bool ok) { ++(ok ? answered_ : unanswered_); },
                              {}});
  }
  // A pass at the begin of each interval.
  void observe_for(Duration span) {
    for (Duration passed{0}; passed < span; passed += 5min) {
      sweeper_->pass({});
      run_for(5min);
    }
  }
  // Somebody switches it off; `shown` tells whether the bulk store shows it.
  void drift(unsigned n, bool shown) {
    if (!shown) bulk_.lag(subscription_id(n));
    store_.put(subscription_id(n), free_plan());
  }
  // What ARM was asked within the span.
  int reads_in(Duration span) {
    const int before = store_.reads();
    observe_for(span);
    return store_.reads() - before;
  }

  FakeBulkStore bulk_{store_};
  std::unique_ptr<BulkSweeper> sweeper_;
  std::vector<BulkPass> passes_;
  int answered_ = 0;
  int unanswered_ = 0;
  int sweeps_ = 0;
  std::size_t first_ = 0;
  std::size_t again_ = 0;
  std::vector<SubscriptionId> doubts_;
  std::vector<SubscriptionId> disagreed_;
  int first_disagreements_ = 0;
  std::optional<Duration> distrusted_for_;
};

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
  EXPECT_EQ(answered_, 4 * 25) << "batches of 300";
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

TEST_F(BulkTest, AHiddenDriftIsFoundWithinTheFullInterval) {
  begin(600);
  observe_for(1h);
  drift(7, false);
  observe_for(1h);
  EXPECT_TRUE(is_on(7));
  EXPECT_THAT(disagreed_, ElementsAre(subscription_id(7)));
  EXPECT_EQ(distrusted_for_, std::nullopt) << "once is chance";
}

TEST_F(BulkTest, ABulkStoreThatIsWrongTooOftenIsNotAskedForAWhile) {
  begin(600);
  observe_for(1h);
  for (unsigned n = 1; n <= 600; n += 5) drift(n, false);
  observe_for(15min);
  EXPECT_EQ(distrusted_for_, Duration(1h));
  EXPECT_TRUE(passes_.back().distrusted);
  EXPECT_EQ(passes_.back().unanswered, 600U);
  const int asked = answered_;
  EXPECT_GE(reads_in(10min), 600) << "each is read directly in the interval";
  EXPECT_EQ(on(600), 600U) << "long before the full interval has passed";
  EXPECT_EQ(answered_, asked);
  for (unsigned n = 1; n <= 600; n += 5) bulk_.catch_up(subscription_id(n));
  observe_for(2h);
  EXPECT_FALSE(passes_.back().distrusted);
  EXPECT_NEAR(reads_in(1h), 600, 10) << "believed again";
}

TEST_F(BulkTest, AFailureMakesAllBeReadDirectlyAsWithoutIt) {
  begin(600);
  bulk_.fail(std::nullopt, failure(Reason::ServerError, NextTry::Soon, "no graph today"));
  sweeper_->pass({});
  run_for(0s);
  EXPECT_EQ(store_.reads(), 600) << "nobody waits for an answer that does not come";
  EXPECT_EQ(unanswered_, 1) << "the next query of that tenant would fail as well";
  ASSERT_TRUE(passes_.back().failure);
  EXPECT_EQ(passes_.back().failure->message, "no graph today");
  EXPECT_EQ(passes_.back().unanswered, 600U);
  EXPECT_NEAR(reads_in(1h), 600 * 12, 600);
  bulk_.fail(std::nullopt, std::nullopt);
  observe_for(1h);
  EXPECT_FALSE(passes_.back().failure);
  EXPECT_NEAR(reads_in(1h), 600, 10);
}

TEST_F(BulkTest, AFailureThatComesLaterBringsAllBackToTheInterval) {
  begin(600);
  observe_for(30min);
  bulk_.fail(std::nullopt, failure(Reason::Throttled, NextTry::ServerWait));
  drift(7, true);
  observe_for(10min);
  EXPECT_TRUE(is_on(7));
  EXPECT_NEAR(reads_in(1h), 600 * 12, 600);
}

TEST_F(BulkTest, OneTenantThatFailsLeavesTheOthersAlone) {
  make();
  auto subscriptions = all_declared(800, true);
  for (unsigned n = 1; n <= 800; ++n) store_.put(subscription_id(n), standard_plan());
  for (std::size_t i = 0; i < 400; ++i) subscriptions[i].tenant = kOther;
  use(subscriptions);
  BulkSweeper sweeper(*controller_, bulk_, clock_, 5min,
                      {[this](const BulkPass& pass) { passes_.push_back(pass); }, {}, {}});
  bulk_.fail(kOther, failure(Reason::CredentialFailed, NextTry::Slow));
  sweeper.pass({});
  run_for(0s);
  EXPECT_EQ(first_, 400U);
  EXPECT_EQ(store_.reads(), 400);
  EXPECT_EQ(passes_.back().unanswered, 400U);
  EXPECT_EQ(passes_.back().subscriptions, 800U);
}

TEST_F(BulkTest, ABatchThatMayNotBeReadLeavesTheOthersAlone) {
  begin(900);
  bulk_.fail_with(subscription_id(1), failure(Reason::Forbidden, NextTry::Slow));
  sweeper_->pass({});
  EXPECT_EQ(first_, 600U);
  EXPECT_EQ(passes_.back().unanswered, 300U);
}

TEST_F(BulkTest, AFewNewOnesAreReadDirectlyAtOnce) {
  begin(300);
  run_for(0s);
  EXPECT_EQ(store_.reads(), 300);
  auto more = all_declared(302, true);
  store_.put(subscription_id(301), standard_plan());
  store_.put(subscription_id(302), free_plan());
  use(std::move(more));
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

TEST_F(BulkTest, AnExceptionIsAFailureOfThatQuery) {
  class Throwing final : public BulkStore {
   public:
    ArmResult<std::vector<BulkPlan>> read(const std::optional<TenantId>& /*tenant*/,
                                          std::span<const SubscriptionId> /*subscriptions*/,
                                          std::stop_token /*stop*/) override {
      throw std::runtime_error("boom");
    }
  } throwing;
  begin(600);
  BulkSweeper sweeper(*controller_, throwing, clock_, 5min,
                      {[this](const BulkPass& pass) { passes_.push_back(pass); }, {}, {}});
  sweeper.pass({});
  ASSERT_TRUE(passes_.back().failure);
  EXPECT_EQ(passes_.back().failure->message, "a bug in defenderd, please report it: boom");
  run_for(0s);
  EXPECT_EQ(store_.reads(), 600);
}

}  // namespace
}  // namespace defenderd
