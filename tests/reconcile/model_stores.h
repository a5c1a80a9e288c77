#pragma once
// Stores in whose calls a test lets other things happen: other workers, edits, passes, time.

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <utility>
#include <vector>

#include "support/builders.h"
#include "support/fake_bulk_store.h"
#include "support/fake_plan_store.h"

namespace defenderd {

// Calls back before each call, and checks that a subscription has one call at a time.
class ModelStore final : public PlanStore {
 public:
  struct Hooks {
    std::function<void()> meanwhile;
    std::function<void(SubscriptionId, const Pricing&)> read;
    std::function<void(SubscriptionId, const Pricing& wanted)> writing;
    std::function<void(SubscriptionId)> switched_off;
  };
  ModelStore(FakePlanStore& store, Hooks hooks) : store_(store), hooks_(std::move(hooks)) {}

  ArmResult<PlanRead> read(const PlanKey& key, std::stop_token stop) override {
    const Inside inside(*this, key.subscription);
    auto answer = store_.read(key, std::move(stop));
    if (answer) hooks_.read(key.subscription, answer->pricing);
    return answer;
  }
  ArmResult<Done> await_turn(const PlanKey& key, std::stop_token stop) override {
    const Inside inside(*this, key.subscription);
    return store_.await_turn(key, std::move(stop));
  }
  ArmResult<PlanWritten> write(const PlanKey& key, const PlanWrite& wanted,
                               std::stop_token stop) override {
    const Inside inside(*this, key.subscription);
    hooks_.writing(key.subscription, wanted.pricing);
    const bool was_on = store_.get(key.subscription).tier == Tier::Standard;
    auto answer = store_.write(key, wanted, std::move(stop));
    const bool is_on = store_.get(key.subscription).tier == Tier::Standard;
    if (was_on && !is_on) hooks_.switched_off(key.subscription);
    if (!loses_answers_ || !answer) return answer;
    Failure lost = failure(Reason::Timeout, NextTry::Soon, "no answer");
    lost.maybe_applied = true;
    return Unexpected(lost);
  }
  bool loses_answers_ = false;

 private:
  class Inside {
   public:
    Inside(ModelStore& store, SubscriptionId id) : store_(store), id_(id) {
      EXPECT_TRUE(store_.working_.insert(id_).second) << id_.text() << " is worked on twice";
      store_.hooks_.meanwhile();
    }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() { store_.working_.erase(id_); }

   private:
    ModelStore& store_;
    SubscriptionId id_;
  };

  FakePlanStore& store_;
  Hooks hooks_;
  std::set<SubscriptionId> working_;
};

class ModelBulkStore final : public BulkStore {
 public:
  ModelBulkStore(FakeBulkStore& store, std::function<void()> meanwhile)
      : store_(store), meanwhile_(std::move(meanwhile)) {}
  ArmResult<std::vector<BulkPlan>> read(const std::optional<TenantId>& tenant,
                                        std::span<const SubscriptionId> subscriptions,
                                        std::stop_token stop) override {
    auto answer = store_.read(tenant, subscriptions, std::move(stop));
    meanwhile_();  // what it shows is a little old already
    return answer;
  }

 private:
  FakeBulkStore& store_;
  std::function<void()> meanwhile_;
};

}  // namespace defenderd
