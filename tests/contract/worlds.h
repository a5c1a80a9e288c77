#pragma once
// The two plan stores that the contract suites compare: the fake that other tests lean on, and the
// real client with the simulator over TLS.

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/diff.h"
#include "support/fake_clock.h"
#include "support/fake_plan_store.h"
#include "support/sim_azure.h"

namespace defenderd {

using namespace std::chrono_literals;

using Extensions = std::vector<std::pair<std::string, bool>>;

inline const Extensions kDefaults{
    {"AIPromptEvidence", true}, {"AIPromptSharingWithPurview", true}, {"AIModelScanner", false}};

// In memory.
class FakeWorld {
 public:
  explicit FakeWorld(FakeClock& clock) {
    store_.set_clock(clock);
    std::vector<Extension> defaults;
    for (const auto& [name, on] : kDefaults) defaults.push_back({name, on});
    store_.set_defaults(defaults);
  }
  PlanStore& plans() { return store_; }
  void put_free(unsigned n) { store_.put(subscription_id(n), free_plan()); }
  void put_standard(unsigned n, const Extensions& extensions) {
    store_.put(subscription_id(n), standard_plan(extensions));
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
  // A read shows a failure of something that happened before.
  void show_failure(unsigned n, const std::string& name) {
    store_.show_status(subscription_id(n), name, "no permission");
  }
  // What reads show stays as it is for two more reads, or for 14 seconds.
  void let_reads_lag(unsigned n) { store_.lag_reads(subscription_id(n), 2); }
  void ignore_unknown_extensions(unsigned n) {
    store_.ignore_writes(subscription_id(n), FakePlanStore::Deaf::AnswersAsIs);
  }
  // Right before the next write is carried out.
  void before_write(const std::function<void()>& happens) { store_.on_write(happens); }
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
  PlanStore& plans() { return hooked_; }
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
  void show_failure(unsigned n, const std::string& name) {
    azure_.world().set_behaviour([](auto& behaviour) { behaviour.get_shows_failures = true; });
    update(n, [&](armsim::Subscription& s) { s.failed_extensions[name] = "no permission"; });
  }
  void let_reads_lag(unsigned /*n*/) {
    azure_.world().set_behaviour([](auto& behaviour) { behaviour.read_lag = 14s; });
    azure_.world().advance(1min);  // the beginning is not of interest
  }
  void ignore_unknown_extensions(unsigned /*n*/) {
    azure_.world().set_behaviour(
        [](auto& behaviour) { behaviour.unknown_extensions = armsim::UnknownExtension::Ignored; });
  }
  void before_write(const std::function<void()>& happens) { before_write_ = happens; }
  int writes() { return static_cast<int>(azure_.world().counters().writes); }

 private:
  void update(unsigned n, const std::function<void(armsim::Subscription&)>& change) {
    azure_.world().update(subscription_id(n).text(), change);
  }
  class Hooked final : public PlanStore {
   public:
    explicit Hooked(AzureWorld& world) : world_(world) {}
    ArmResult<PlanRead> read(const PlanKey& key, std::stop_token stop) override {
      return world_.azure_.plans().read(key, stop);
    }
    ArmResult<Done> await_turn(const PlanKey& key, std::stop_token stop) override {
      return world_.azure_.plans().await_turn(key, stop);
    }
    ArmResult<PlanWritten> write(const PlanKey& key, const PlanWrite& wanted,
                                 std::stop_token stop) override {
      if (const auto happens = world_.before_write_) happens();
      return world_.azure_.plans().write(key, wanted, stop);
    }

   private:
    AzureWorld& world_;
  };
  SimAzure azure_;
  std::function<void()> before_write_;
  Hooked hooked_{*this};
};

// World is one of the two.
template <class World>
class PlanStoreContractTest : public testing::Test {
 protected:
  static PlanKey key(unsigned n) { return {subscription_id(n), kDeclaredPlan}; }

  Pricing read(unsigned n) {
    auto answer = world_.plans().read(key(n), {});
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? answer->pricing : Pricing();
  }
  // After the lock that an earlier write may have left.
  PlanWritten write(unsigned n, const Pricing& wanted) {
    clock_.advance(1min);
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

}  // namespace defenderd
