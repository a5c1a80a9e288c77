// Bulk observation that fails, or shows what is not so.

#include <gmock/gmock.h>

#include "bulk_fleet.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class BulkFailureTest : public BulkFleet {};

TEST_F(BulkFailureTest, AHiddenDriftIsFoundWithinTheFullInterval) {
  begin(600);
  observe_for(1h);
  drift(7, false);
  observe_for(1h);
  EXPECT_TRUE(is_on(7));
  EXPECT_THAT(disagreed_, ElementsAre(subscription_id(7)));
  EXPECT_EQ(distrusted_for_, std::nullopt) << "once is chance";
  EXPECT_EQ(first_disagreements_, 1);
  bulk_.catch_up(subscription_id(7));
  observe_for(10min);
  drift(7, false);
  observe_for(1h);
  EXPECT_EQ(disagreed_.size(), 2U);
  EXPECT_EQ(first_disagreements_, 1) << "told once of each";
}

TEST_F(BulkFailureTest, ABulkStoreThatIsWrongTooOftenIsNotAskedForAWhile) {
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

TEST_F(BulkFailureTest, AFailureMakesAllBeReadDirectlyAsWithoutIt) {
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

TEST_F(BulkFailureTest, AFailureThatComesLaterBringsAllBackToTheInterval) {
  begin(600);
  observe_for(30min);
  bulk_.fail(std::nullopt, failure(Reason::Throttled, NextTry::ServerWait));
  drift(7, true);
  observe_for(10min);
  EXPECT_TRUE(is_on(7));
  EXPECT_NEAR(reads_in(1h), 600 * 12, 600);
}

TEST_F(BulkFailureTest, OneTenantThatFailsLeavesTheOthersAlone) {
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

TEST_F(BulkFailureTest, ABatchThatMayNotBeReadLeavesTheOthersAlone) {
  begin(1200);
  bulk_.fail_with(subscription_id(1), failure(Reason::Forbidden, NextTry::Slow));
  sweeper_->pass({});
  EXPECT_EQ(first_, 700U);
  EXPECT_EQ(passes_.back().unanswered, BulkSweeper::kBatch);
}

TEST_F(BulkFailureTest, AnExceptionIsAFailureOfThatQuery) {
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
