// What every bulk store does, asked of the fake that other tests lean on and of Azure Resource
// Graph as the simulator serves it: what keeps the fake honest.

#include <gtest/gtest.h>

#include "arm/graph_pricings.h"
#include "core/diff.h"
#include "support/fake_bulk_store.h"
#include "support/fake_clock.h"
#include "support/sim_azure.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

// In memory.
class FakeWorld {
 public:
  explicit FakeWorld(FakeClock& /*clock*/) {}
  BulkStore& bulk() { return bulk_; }
  void put(unsigned n, bool plan, bool evidence) {
    plans_.put(subscription_id(n),
               plan ? standard_plan({{std::string(kPromptEvidence), evidence}}) : free_plan());
  }
  void put_late(unsigned n, bool plan, bool evidence) {
    bulk_.lag(subscription_id(n));
    put(n, plan, evidence);
  }
  void hide(unsigned n) { bulk_.hide(subscription_id(n)); }
  void hide_extensions() { bulk_.hide_extensions(); }
  void refuse() { bulk_.fail(std::nullopt, failure(Reason::Forbidden, NextTry::Slow)); }

 private:
  FakePlanStore plans_;
  FakeBulkStore bulk_{plans_};
};

// The simulator over TLS.
class AzureWorld {
 public:
  explicit AzureWorld(FakeClock& clock) : azure_(clock), graph_(azure_.arm(), clock) {}
  BulkStore& bulk() { return pricings_; }
  void put(unsigned n, bool plan, bool evidence) {
    azure_.add(n, [&](armsim::Subscription& it) {
      it.plan.on = plan;
      if (plan) it.plan.set(std::string(kPromptEvidence), evidence);
    });
    ids_.push_back(subscription_id(n).text());
  }
  void put_late(unsigned n, bool plan, bool evidence) {
    azure_.world().set_behaviour([](armsim::Behaviour& it) { it.graph_lag = 10min; });
    azure_.world().update(subscription_id(n).text(), [&](armsim::Subscription& it) {
      it.plan.on = plan;
      if (plan) it.plan.set(std::string(kPromptEvidence), evidence);
    });
  }
  void hide(unsigned n) {
    azure_.world().update(subscription_id(n).text(),
                          [](armsim::Subscription& it) { it.in_graph = false; });
  }
  void hide_extensions() {
    azure_.world().set_behaviour([](armsim::Behaviour& it) { it.graph_shows_extensions = false; });
  }
  void refuse() {
    for (const std::string& id : ids_)
      azure_.world().update(id, [](armsim::Subscription& it) { it.access = armsim::Access::None; });
  }

 private:
  SimAzure azure_;
  GraphClient graph_;
  GraphPricings pricings_{graph_};
  std::vector<std::string> ids_;
};

template <class World>
class BulkStoreContractTest : public testing::Test {
 protected:
  ArmResult<std::vector<BulkPlan>> read(std::vector<SubscriptionId> ids) {
    return world_.bulk().read(std::nullopt, ids, {});
  }
  // "on evidence", "on", "off", "nothing".
  std::string shown(unsigned n) {
    const auto plans = read({subscription_id(n)});
    EXPECT_TRUE(plans) << plans.error().message;
    if (!plans || plans->empty()) return "nothing";
    EXPECT_EQ(plans->front().subscription, subscription_id(n));
    const auto& pricing = plans->front().pricing;
    if (!pricing) return "?";
    const Field field = Field::extension(kDeclaredPlan, std::string(kPromptEvidence));
    return observed_text(*pricing, Field::plan(kDeclaredPlan)) +
           (observed_text(*pricing, field) == "on" ? " evidence" : "");
  }

  FakeClock clock_;
  World world_{clock_};
};

using Worlds = testing::Types<FakeWorld, AzureWorld>;
TYPED_TEST_SUITE(BulkStoreContractTest, Worlds);

TYPED_TEST(BulkStoreContractTest, ShowsWhatIsThere) {
  this->world_.put(1, true, true);
  this->world_.put(2, true, false);
  this->world_.put(3, false, false);
  EXPECT_EQ(this->shown(1), "on evidence");
  EXPECT_EQ(this->shown(2), "on");
  EXPECT_EQ(this->shown(3), "off");
}

TYPED_TEST(BulkStoreContractTest, ShowsOnlyWhatWasAskedForEachOnce) {
  for (unsigned n = 1; n <= 4; ++n) this->world_.put(n, true, false);
  auto plans = this->read({subscription_id(4), subscription_id(2)});
  ASSERT_TRUE(plans);
  ASSERT_EQ(plans->size(), 2U);
  EXPECT_NE(plans->at(0).subscription, plans->at(1).subscription);
  for (const BulkPlan& plan : *plans) EXPECT_NE(plan.subscription, subscription_id(1));
}

TYPED_TEST(BulkStoreContractTest, MayShowWhatWasThereBefore) {
  this->world_.put(1, true, true);
  this->world_.put_late(1, false, false);
  EXPECT_EQ(this->shown(1), "on evidence");
}

TYPED_TEST(BulkStoreContractTest, LeavesOutWhatItDoesNotKnow) {
  this->world_.put(1, true, true);
  this->world_.put(2, true, true);
  this->world_.hide(1);
  const auto plans = this->read({subscription_id(1), subscription_id(2)});
  ASSERT_TRUE(plans);
  ASSERT_EQ(plans->size(), 1U);
  EXPECT_EQ(plans->front().subscription, subscription_id(2));
}

TYPED_TEST(BulkStoreContractTest, APlanThatIsOnWithoutItsExtensionsMakesNoSense) {
  this->world_.put(1, true, true);
  this->world_.put(2, false, false);
  this->world_.hide_extensions();
  EXPECT_EQ(this->shown(1), "?");
  EXPECT_EQ(this->shown(2), "off");
}

TYPED_TEST(BulkStoreContractTest, FailsWhereNothingMayBeRead) {
  this->world_.put(1, true, true);
  this->world_.refuse();
  const auto plans = this->read({subscription_id(1)});
  ASSERT_FALSE(plans);
  EXPECT_EQ(plans.error().reason, Reason::Forbidden);
}

}  // namespace
}  // namespace defenderd
