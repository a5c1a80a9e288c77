// What the contract suite cannot test with the real client: how a test changes the fake.

#include "support/fake_plan_store.h"

#include <gtest/gtest.h>

#include "support/ids.h"

namespace defenderd {
namespace {

class FakePlanStoreTest : public testing::Test {
 protected:
  [[nodiscard]] ArmResult<PlanRead> read() { return store_.read({id_, kDeclaredPlan}, {}); }
  ArmResult<PlanWritten> write(const Pricing& wanted) {
    return store_.write({id_, kDeclaredPlan}, wanted, {});
  }

  static Pricing standard(std::vector<Extension> extensions = {}) {
    Pricing pricing;
    pricing.tier = Tier::Standard;
    pricing.tier_text = "Standard";
    pricing.extensions = std::move(extensions);
    return pricing;
  }

  static Failure server_error(int status) {
    Failure failure;
    failure.reason = Reason::ServerError;
    failure.http_status = status;
    return failure;
  }

  SubscriptionId id_ = subscription_id(1);
  FakePlanStore store_;
};

TEST_F(FakePlanStoreTest, ASubscriptionThatNobodyPutIsNotFound) {
  const auto answer = read();
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().reason, Reason::SubscriptionNotFound);
  EXPECT_EQ(write(standard()).error().http_status, 404);
}

TEST_F(FakePlanStoreTest, KeepsWhatIsWritten) {
  store_.put(id_, Pricing());
  ASSERT_TRUE(write(standard({{"AIPromptEvidence", true}})).has_value());
  EXPECT_EQ(read()->pricing, standard({{"AIPromptEvidence", true}}));
  EXPECT_EQ(store_.get(id_), standard({{"AIPromptEvidence", true}}));
}

TEST_F(FakePlanStoreTest, SwitchingOnAddsTheServicesDefaults) {
  store_.put(id_, Pricing());
  store_.set_defaults({{"AIModelScanner", true}, {"AIPromptEvidence", true}});
  const auto answer = write(standard({{"AIPromptEvidence", false}}));
  EXPECT_EQ(answer->pricing, standard({{"AIModelScanner", true}, {"AIPromptEvidence", false}}));
}

TEST_F(FakePlanStoreTest, AWriteToAPlanThatIsOnAddsNoDefaults) {
  store_.put(id_, standard({{"AIPromptEvidence", true}, {"AIFuture", true}}));
  store_.set_defaults({{"AIModelScanner", true}});
  const auto answer = write(standard({{"aipromptevidence", false}}));
  EXPECT_EQ(answer->pricing, standard({{"aipromptevidence", false}, {"AIFuture", true}}))
      << "an extension that the write does not name stays";
}

TEST_F(FakePlanStoreTest, SwitchingOffLeavesNoExtensions) {
  store_.put(id_, standard({{"AIPromptEvidence", true}}));
  ASSERT_TRUE(write(Pricing()).has_value());
  EXPECT_EQ(store_.get(id_), Pricing());
}

TEST_F(FakePlanStoreTest, FailuresAreUsedUpInOrderAndChangeNothing) {
  store_.put(id_, Pricing());
  store_.fail_next_read(id_, server_error(500));
  store_.fail_next_read(id_, server_error(503));
  store_.fail_next_write(id_, server_error(502));
  EXPECT_EQ(read().error().http_status, 500);
  EXPECT_EQ(write(standard()).error().http_status, 502);
  EXPECT_EQ(store_.get(id_), Pricing());
  EXPECT_EQ(read().error().http_status, 503);
  EXPECT_TRUE(read().has_value());
  EXPECT_TRUE(write(standard()).has_value());
}

TEST_F(FakePlanStoreTest, AFailingExtensionReadsOnAllTheSame) {
  store_.put(id_, Pricing());
  store_.fail_extension(id_, "AIPromptEvidence", "no permission");
  const auto failed = write(standard({{"AIPromptEvidence", true}}));
  EXPECT_EQ(failed->failed, (std::vector<ExtensionFailure>{{"AIPromptEvidence", "no permission"}}));
  EXPECT_EQ(read()->pricing.find("AIPromptEvidence")->enabled, true);
  EXPECT_TRUE(write(standard({{"AIPromptEvidence", false}}))->failed.empty());

  store_.heal_extension(id_, "AIPromptEvidence");
  EXPECT_TRUE(write(standard({{"AIPromptEvidence", true}}))->failed.empty());
}

TEST_F(FakePlanStoreTest, CountsAndKeepsWhatWasAsked) {
  store_.put(id_, Pricing());
  store_.fail_next_write(id_, server_error(500));
  ASSERT_TRUE(read().has_value());
  ASSERT_FALSE(write(standard()).has_value());
  ASSERT_TRUE(write(standard({{"X", true}})).has_value());
  EXPECT_EQ(store_.reads(), 1);
  EXPECT_EQ(store_.writes(), 2) << "failed ones count";
  EXPECT_EQ(store_.written(id_), std::vector<Pricing>{standard({{"X", true}})})
      << "only what was taken";
}

}  // namespace
}  // namespace defenderd
