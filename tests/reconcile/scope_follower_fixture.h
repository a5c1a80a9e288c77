#pragma once
// A ScopeFollower over a fake list of subscriptions, and what it tells its listener.

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "reconcile/scope_follower.h"
#include "support/builders.h"
#include "support/fake_clock.h"
#include "support/fake_subscription_source.h"

namespace defenderd {

inline constexpr Duration kWithScopes = std::chrono::minutes(5);
inline constexpr Duration kWithout = std::chrono::hours(1);

inline const TenantId kPartner = *TenantId::parse("11111111-1111-4111-8111-111111111111");

class ScopeFollowerTest : public testing::Test {
 protected:
  ScopeFollowerTest() { follower_.set_intervals(kWithScopes, kWithout); }

  ScopeFollower::Listener listener() {
    ScopeFollower::Listener listener;
    listener.resolved = [this](const Resolution& resolution, const ScopeNews& news) {
      if (on_resolved_) on_resolved_();
      covered_ = resolution.covered;
      news_ = news;
    };
    listener.listed = [this](const std::vector<DiscoveredSubscription>& visible) {
      visible_ = visible;
      visible_before_declared_ = declared_.empty();
    };
    listener.declare = [this](const DesiredState& state) {
      ++declarations_;
      attempted_while_declaring_ = follower_.attempted();
      if (declare_throws_) throw std::runtime_error("no memory");
      declared_.clear();
      for (const Declaration& subscription : state.subscriptions)
        declared_.push_back(subscription->id);
    };
    listener.listing_ended = [this] { listings_ended_ += follower_.attempted() ? 1 : 0; };
    listener.in_effect = [this] { in_effect_ += follower_.complete() ? "complete " : "partly "; };
    return listener;
  }
  void step() { follower_.step({}); }
  [[nodiscard]] SteadyTime in(Duration wait) { return clock_.steady_now() + wait; }

  FakeClock clock_;
  FakeSubscriptionSource source_;
  std::function<void()> on_resolved_;
  bool declare_throws_ = false;
  int declarations_ = 0;
  int listings_ended_ = 0;
  bool attempted_while_declaring_ = false;
  std::string in_effect_;
  std::vector<SubscriptionId> declared_;
  std::vector<DiscoveredSubscription> visible_;
  bool visible_before_declared_ = false;
  std::size_t covered_ = 0;
  ScopeNews news_;
  ScopeFollower follower_{source_, clock_, std::nullopt, listener()};
};

}  // namespace defenderd
