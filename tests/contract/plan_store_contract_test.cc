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
  void refuse_extension(unsigned n, const std::string& name, const std::string& message) {
    store_.refuse_extension(subscription_id(n), name, message);
  }
  void refuse_plan(unsigned n, const std::string& message) {
    store_.refuse_plan(subscription_id(n), message);
  }
  void answer_about_another(unsigned n, unsigned /*other*/) {
    store_.confuse_next_answer(subscription_id(n));
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
  void refuse_extension(unsigned n, const std::string& name, const std::string& message) {
    update(n, [&](armsim::Subscription& s) { s.refused_extensions[name] = message; });
  }
  void refuse_plan(unsigned n, const std::string& message) {
    update(n, [&](armsim::Subscription& s) { s.refused_plan = message; });
  }
  void answer_about_another(unsigned n, unsigned other) {
    armsim::Fault fault =
        armsim::Fault::of(armsim::FaultKind::AboutAnother, armsim::Operation::Any);
    fault.message = subscription_id(other).text();
    azure_.world().inject(fault.at(subscription_id(n).text()));
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
  static PlanKey key(unsigned n) { return {subscription_id(n), kDeclaredPlan}; }

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

TYPED_TEST(PlanStoreContractTest, AnAnswerAboutAnotherSubscriptionIsNone) {
  this->world_.put_standard(1, {{"AIPromptEvidence", false}});
  this->world_.put_standard(2, {{"AIPromptEvidence", true}, {"AIPromptSharingWithPurview", true}});
  this->world_.answer_about_another(1, 2);
  const auto read = this->world_.plans().read(this->key(1), {});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().reason, Reason::MalformedAnswer);
  EXPECT_FALSE(read.error().maybe_applied);
  EXPECT_NE(read.error().message.find("not about the requested resource"), std::string::npos);
  this->world_.answer_about_another(1, 2);
  const auto written =
      this->world_.plans().write(this->key(1), standard_plan({{"AIPromptEvidence", true}}), {});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().reason, Reason::MalformedAnswer);
  EXPECT_TRUE(written.error().maybe_applied);
  EXPECT_EQ(this->text(this->read(1)), "standard AIPromptEvidence=on");
}

TYPED_TEST(PlanStoreContractTest, TheReconcilerWritesNothingByAnotherSubscriptionsAnswer) {
  this->world_.put_standard(1,
                            {{"AIPromptEvidence", false}, {"AIPromptSharingWithPurview", false}});
  this->world_.put_standard(2, {{"AIPromptEvidence", false}, {"AIPromptSharingWithPurview", true}});
  SimFleet fleet(this->world_.plans(), this->clock_);
  this->world_.answer_about_another(1, 2);
  fleet.declare({declared(1, true, {evidence(true)})});
  fleet.run(0s);
  EXPECT_EQ(fleet.last().reason, Reason::MalformedAnswer);
  EXPECT_EQ(this->world_.writes(), 0);
  fleet.run(1min);
  EXPECT_EQ(this->text(this->read(1)),
            "standard AIPromptEvidence=on AIPromptSharingWithPurview=off");
}

TYPED_TEST(PlanStoreContractTest, WhatIsRefusedIsSaidAndNothingOfTheWriteIsDone) {
  this->world_.put_standard(1, {{"AIPromptEvidence", false}, {"AIModelScanner", false}});
  this->world_.refuse_extension(1, "AIModelScanner", "AIModelScanner is not offered.");
  const auto refused = this->world_.plans().write(
      this->key(1), standard_plan({{"AIPromptEvidence", true}, {"AIModelScanner", true}}), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::InvalidRequest);
  EXPECT_EQ(refused.error().next, NextTry::Slow);
  EXPECT_EQ(refused.error().http_status, 400);
  EXPECT_EQ(refused.error().arm_message, "AIModelScanner is not offered.");
  EXPECT_FALSE(refused.error().maybe_applied);
  EXPECT_EQ(this->text(this->read(1)), "standard AIModelScanner=off AIPromptEvidence=off");
  this->write(1, standard_plan({{"AIPromptEvidence", true}, {"AIModelScanner", false}}));
  EXPECT_EQ(this->text(this->read(1)), "standard AIModelScanner=off AIPromptEvidence=on");
  this->world_.refuse_plan(1, "No.");
  EXPECT_FALSE(this->world_.plans().write(this->key(1), free_plan(), {}));
}

TYPED_TEST(PlanStoreContractTest, TheReconcilerWritesWhatIsNotRefused) {
  this->world_.put_standard(1, {{"AIPromptEvidence", false}, {"AIModelScanner", false}});
  this->world_.put_free(2);
  this->world_.put_free(3);
  this->world_.refuse_extension(1, "AIModelScanner", "AIModelScanner is not offered.");
  this->world_.refuse_extension(2, "AIModelScanner", "The request is invalid.");
  this->world_.refuse_plan(3, "The tier is not offered.");
  const std::vector<DesiredExtension> both{{"AIModelScanner", true}, evidence(true)};
  SimFleet fleet(this->world_.plans(), this->clock_);
  fleet.declare({declared(1, true, both), declared(2, true, both), declared(3, true, both)});
  fleet.run(5min);
  EXPECT_EQ(this->text(this->read(1)), "standard AIModelScanner=off AIPromptEvidence=on");
  EXPECT_EQ(this->text(this->read(2)),
            "standard AIModelScanner=off AIPromptEvidence=on AIPromptSharingWithPurview=on");
  EXPECT_EQ(this->text(this->read(3)), "free");
  for (unsigned n : {1U, 2U}) {
    EXPECT_EQ(fleet.last(subscription_id(n)).reason, Reason::ExtensionFailed) << n;
    EXPECT_NE(fleet.last(subscription_id(n)).message.find("AIModelScanner"), std::string::npos);
  }
  EXPECT_EQ(fleet.last(subscription_id(3)).reason, Reason::InvalidRequest);
  EXPECT_NE(fleet.last(subscription_id(3)).message.find("The tier is not offered"),
            std::string::npos);
  const int writes = this->world_.writes();
  fleet.run(5min);
  EXPECT_EQ(this->world_.writes(), writes) << "what is refused is tried again at long intervals";
}

// Somebody switches something on while a write waits for its share of the budget.
TYPED_TEST(PlanStoreContractTest, AWriteThatHadToWaitTakesBackNobodysChange) {
  class Waiting final : public PlanStore {
   public:
    Waiting(PlanStore& inner, std::function<void()> happens)
        : inner_(inner), happens_(std::move(happens)) {}
    ArmResult<PlanRead> read(const PlanKey& key, std::stop_token stop) override {
      return inner_.read(key, stop);
    }
    ArmResult<Done> await_turn(const PlanKey& key, std::stop_token stop) override {
      auto turn = inner_.await_turn(key, stop);
      happens_();
      return turn;
    }
    ArmResult<PlanWritten> write(const PlanKey& key, const Pricing& wanted,
                                 std::stop_token stop) override {
      return inner_.write(key, wanted, stop);
    }

   private:
    PlanStore& inner_;
    std::function<void()> happens_;
  } waiting(this->world_.plans(), [this] {
    this->clock_.advance(2s);
    this->world_.put_standard(1,
                              {{"AIPromptEvidence", false}, {"AIPromptSharingWithPurview", true}});
  });
  this->world_.put_standard(1,
                            {{"AIPromptEvidence", false}, {"AIPromptSharingWithPurview", false}});
  SimFleet fleet(waiting, this->clock_);
  fleet.declare({declared(1, true, {evidence(true)})});
  fleet.run(0s);
  EXPECT_EQ(fleet.last().state, State::InSync) << fleet.last().message;
  EXPECT_EQ(this->text(this->read(1)),
            "standard AIPromptEvidence=on AIPromptSharingWithPurview=on");
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
  EXPECT_EQ(writes, 3) << "one each";
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
