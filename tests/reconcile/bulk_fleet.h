#pragma once
// A simulated fleet with bulk observation, over a store that is late, incomplete or wrong.

#include <optional>
#include <utility>
#include <vector>

#include "fleet.h"
#include "reconcile/bulk_sweeper.h"
#include "support/fake_bulk_store.h"

namespace defenderd {

class BulkFleet : public Fleet {
 protected:
  static constexpr std::chrono::minutes kInterval{5};
  inline static const TenantId kOther = *TenantId::parse("1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9");
  BulkFleet() { schedule_.full_interval = std::chrono::hours(1); }

  Controller::Listener listener() override {
    Controller::Listener listener = Fleet::listener();
    listener.sweep_completed = [this](WallTime) { ++sweeps_; };
    listener.bulk_seen = [this](const BulkSeen& seen) {
      if (on_seen_) on_seen_();
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
  void begin(unsigned last, Controller::Earlier earlier = {}) {
    make();
    controller_->recall(std::move(earlier));
    for (unsigned n = 1; n <= last; ++n) store_.put(subscription_id(n), standard_plan());
    use(all_declared(last, true));
    sweeper_ = std::make_unique<BulkSweeper>(
        *controller_, bulk_, clock_, kInterval,
        BulkSweeper::Listener{[this](const BulkPass& pass) { passes_.push_back(pass); },
                              [this](bool ok) { ++(ok ? answered_ : unanswered_); },
                              {}});
  }
  // A pass at the start of each interval.
  void observe_for(Duration span) {
    for (Duration passed{0}; passed < span; passed += kInterval) {
      sweeper_->pass({});
      run_for(kInterval);
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
  std::function<void()> on_seen_;  // before what was seen is told
};

}  // namespace defenderd
