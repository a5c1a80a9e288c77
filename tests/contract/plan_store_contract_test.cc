// What every plan store does, asked of the fake that other tests lean on and of the real client
// over TLS: what keeps the fake honest.

#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/fake_plan_store.h"
#include "support/sim_azure.h"
#include "support/sim_fleet.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

using Extensions = std::vector<std::pair<std::string, bool>>;

const Extensions kDefaults{
    {"AIPromptEvidence", true}, {"AIPromptSharingWithPurview", true}, {"AIModelScanner", false}};

// In memory.
class FakeWorld {
 public:
  explicit FakeWorld(FakeClock& /*clock*/) {
    std::vector<Extension> defaults;
    for (const auto& [name, on] : kDefaults) defaults.push_back({name, on});
    store_.set_defaults(defaults);
  }
  PlanStore& plans() { return store_; }
  void put_free(unsigned n) { store_.put(subscription_id(n), free_plan()); }
  void put_standard(unsigned n, Extensions extensions) {
    store_.put(subscription_id(n), standard_plan(std::move(extensions)));
  }
  void give_properties(unsigned n, const std::string& name) {
    Pricing pricing = store_.get(subscription_id(n));
    pricing.find(name)->extra_json = R"({"additionalExtensionProperties":{"Cap":"5"}})";
    store_.put(subscription_id(n), pricing);
  }
  void fail_extension(unsigned n, const std::string& name) {
    store_.fail_extension(subscription_id(n), name, "no permission");
  }
  void heal_extension(unsigned n, const std::string& name) {
    store_.heal_extension(subscription_id(n), name);
  }
  int writes() { return store_.writes(); }

 private:
  FakePlanStore store_;
};

// The simulator over TLS.
class AzureWorld {
 public:
  explicit AzureWorld(FakeClock& clock) : azure_(clock) {
    azure_.world().set_behaviour([](armsim::Behaviour& behaviour) {
      behaviour.default_extensions.clear();
      for (const auto& [name, on] : kDefaults)
        behaviour.default_extensions.push_back({.name = name, .enabled = on});
    });
  }
  PlanStore& plans() { return azure_.plans(); }
  void put_free(unsigned n) { azure_.add(n); }
  void put_standard(unsigned n, const Extensions& extensions) {
    azure_.add(n, [&](armsim::Subscription& subscription) {
      subscription.plan.on = true;
      for (const auto& [name, on] : extensions) subscription.plan.set(name, on);
    });
  }
  void give_properties(unsigned n, const std::string& name) {
    update(n, [&](armsim::Subscription& subscription) {
      for (armsim::Extension& extension : subscription.plan.extensions)
        if (extension.name == name) extension.properties = R"({"Cap":"5"})";
    });
  }
  void fail_extension(unsigned n, const std::string& name) {
    update(n, [&](armsim::Subscription& s) { s.failing_extensions[name] = "no permission"; });
  }
  void heal_extension(unsigned n, const std::string& name) {
    update(n, [&](armsim::Subscription& s) { s.failing_extensions.erase(name); });
  }
  int writes() { return static_cast<int>(azure_.world().counters().writes); }

 private:
  void update(unsigned n, const std::function<void(armsim::Subscription&)>& change) {
    azure_.world().update(subscription_id(n).text(), change);
  }
  SimAzure azure_;
};

template <class World>
class PlanStoreContractTest : public testing::Test {
 protected:
  static PlanKey key(unsigned n) { return {subscription_id(n)}; }

  Pricing read(unsigned n) {
    auto answer = world_.plans().read(key(n), {});
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? answer->pricing : Pricing();
  }
  PlanWritten write(unsigned n, const Pricing& wanted) {
    auto answer = world_.plans().write(key(n), wanted, {});
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? *std::move(answer) : PlanWritten();
  }
  // "AIPromptEvidence=on ..." in the order of the names; "free" when the plan is off.
  static std::string text(const Pricing& pricing) {
    if (pricing.tier != Tier::Standard) return pricing.tier_text == "Free" ? "free" : "?";
    std::map<std::string, std::string> sorted;
    for (const Extension& extension : pricing.extensions)
      sorted[extension.name] = extension.enabled ? on_off(*extension.enabled) : "?";
    std::string result = "standard";
    for (const auto& [name, value] : sorted) result += " " + name + "=" + value;
    return result;
  }

  FakeClock clock_;
  World world_{clock_};
};

using Worlds = testing::Types<FakeWorld, AzureWorld>;
TYPED_TEST_SUITE(PlanStoreContractTest, Worlds);

TYPED_TEST(PlanStoreContractTest, ShowsWhatIsThere) {
  this->world_.put_free(1);
  this->world_.put_standard(2, {{"AIPromptEvidence", true}, {"AIModelScanner", false}});
  EXPECT_EQ(this->text(this->read(1)), "free");
  EXPECT_EQ(this->text(this->read(2)), "standard AIModelScanner=off AIPromptEvidence=on");
}

TYPED_TEST(PlanStoreContractTest, AWriteAnswersWhatAReadThenShows) {
  this->world_.put_standard(1, {{"AIPromptEvidence", false}});
  const PlanWritten answer = this->write(1, standard_plan({{"AIPromptEvidence", true}}));
  EXPECT_EQ(this->text(answer.pricing), "standard AIPromptEvidence=on");
  EXPECT_EQ(this->text(this->read(1)), this->text(answer.pricing));
  EXPECT_TRUE(answer.failed.empty());
}

TYPED_TEST(PlanStoreContractTest, SwitchingOnBringsTheServicesDefaults) {
  this->world_.put_free(1);
  const PlanWritten answer = this->write(1, standard_plan());
  EXPECT_EQ(this->text(answer.pricing),
            "standard AIModelScanner=off AIPromptEvidence=on AIPromptSharingWithPurview=on");
  EXPECT_EQ(this->text(this->read(1)), this->text(answer.pricing));
}

TYPED_TEST(PlanStoreContractTest, SwitchingOnObeysWhatIsNamed) {
  this->world_.put_free(1);
  const PlanWritten answer =
      this->write(1, standard_plan({{"AIPromptEvidence", false}, {"AIModelScanner", true}}));
  EXPECT_EQ(this->text(answer.pricing),
            "standard AIModelScanner=on AIPromptEvidence=off AIPromptSharingWithPurview=on");
}

TYPED_TEST(PlanStoreContractTest, WhatAWriteDoesNotNameStays) {
  this->world_.put_standard(1, {{"AIPromptEvidence", false}, {"NewOne", true}});
  this->write(1, standard_plan({{"AIPromptEvidence", true}}));
  EXPECT_EQ(this->text(this->read(1)), "standard AIPromptEvidence=on NewOne=on");
}

TYPED_TEST(PlanStoreContractTest, OffTakesTheExtensionsWithIt) {
  this->world_.put_standard(1, {{"AIPromptEvidence", true}});
  EXPECT_EQ(this->text(this->write(1, free_plan()).pricing), "free");
  const Pricing after = this->read(1);
  EXPECT_EQ(this->text(after), "free");
  for (const Extension& extension : after.extensions) EXPECT_EQ(extension.enabled, false);
}

TYPED_TEST(PlanStoreContractTest, AFailedExtensionIsToldOnceAndReadsAsAsked) {
  this->world_.put_standard(1, {{"AIPromptEvidence", false}});
  this->world_.fail_extension(1, "AIPromptEvidence");
  const PlanWritten answer = this->write(1, standard_plan({{"AIPromptEvidence", true}}));
  EXPECT_EQ(answer.failed, (std::vector<ExtensionFailure>{{"AIPromptEvidence", "no permission"}}));
  EXPECT_EQ(this->text(this->read(1)), "standard AIPromptEvidence=on");
  this->world_.heal_extension(1, "AIPromptEvidence");
  EXPECT_TRUE(this->write(1, standard_plan({{"AIPromptEvidence", true}})).failed.empty());
}

TYPED_TEST(PlanStoreContractTest, AnExtensionThatStaysOffCannotFail) {
  this->world_.put_standard(1, {{"AIPromptEvidence", true}});
  this->world_.fail_extension(1, "AIPromptEvidence");
  EXPECT_TRUE(this->write(1, standard_plan({{"AIPromptEvidence", false}})).failed.empty());
}

TYPED_TEST(PlanStoreContractTest, WhoIsNotThereIsNotFound) {
  const auto read = this->world_.plans().read(this->key(9), {});
  const auto written = this->world_.plans().write(this->key(9), standard_plan(), {});
  ASSERT_FALSE(read);
  ASSERT_FALSE(written);
  for (const Failure& failure : {read.error(), written.error()}) {
    EXPECT_EQ(failure.reason, Reason::SubscriptionNotFound);
    EXPECT_EQ(failure.next, NextTry::Slow);
    EXPECT_EQ(failure.http_status, 404);
    EXPECT_EQ(failure.arm_code, "SubscriptionNotFound");
    EXPECT_FALSE(failure.maybe_applied);
  }
}

TYPED_TEST(PlanStoreContractTest, EachAnswerHasARequestIdOfItsOwn) {
  this->world_.put_standard(1, {});
  const auto read = this->world_.plans().read(this->key(1), {});
  ASSERT_TRUE(read);
  const PlanWritten first = this->write(1, standard_plan());
  const PlanWritten second = this->write(1, standard_plan());
  EXPECT_NE(read->trace.request_id, "");
  EXPECT_NE(first.trace.request_id, "");
  EXPECT_NE(first.trace.request_id, second.trace.request_id);
}

TYPED_TEST(PlanStoreContractTest, WhatIsNotUnderstoodIsCarriedAlong) {
  this->world_.put_standard(1, {{"NewOne", true}, {"AIPromptEvidence", false}});
  this->world_.give_properties(1, "NewOne");
  Pricing pricing = this->read(1);
  pricing.find("AIPromptEvidence")->enabled = true;
  this->write(1, pricing);
  const Pricing after = this->read(1);
  EXPECT_EQ(this->text(after), "standard AIPromptEvidence=on NewOne=on");
  EXPECT_EQ(after.find("NewOne")->extra_json, R"({"additionalExtensionProperties":{"Cap":"5"}})");
}

TYPED_TEST(PlanStoreContractTest, TheReconcilerEndsInSyncAndThenWritesNothing) {
  this->world_.put_free(1);
  this->world_.put_standard(2, {{"AIPromptEvidence", true}, {"NewOne", true}});
  this->world_.put_standard(3, {{"AIPromptEvidence", true}});
  SimFleet fleet(this->world_.plans(), this->clock_);
  DesiredSubscription nothing_unnamed = declared(1, true, {evidence(false)});
  nothing_unnamed.unnamed_extensions = UnnamedExtensions::Off;
  fleet.declare({nothing_unnamed, declared(2, true, {evidence(false)}), declared(3, false)});
  fleet.run(0s);
  const int writes = this->world_.writes();
  EXPECT_EQ(writes, 4) << "one each, and a second one where the defaults came on";
  EXPECT_EQ(this->text(this->read(1)),
            "standard AIModelScanner=off AIPromptEvidence=off AIPromptSharingWithPurview=off");
  EXPECT_EQ(this->text(this->read(2)), "standard AIPromptEvidence=off NewOne=on");
  EXPECT_EQ(this->text(this->read(3)), "free");
  fleet.run(1h);
  EXPECT_EQ(this->world_.writes(), writes);
  for (unsigned n = 1; n <= 3; ++n)
    EXPECT_EQ(fleet.last(subscription_id(n)).state, State::InSync) << n;
}

}  // namespace
}  // namespace defenderd
