#include "reconcile/scope_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "reconcile/scope_follower_fixture.h"
#include "support/eventually.h"

namespace defenderd {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(ScopeFollowerTest, EntriesStartAtOnceAndScopesJoin) {
  source_.put(visible(1, "mg"));
  DesiredState state = scope_of("mg");
  state.subscriptions = declarations({declared(9, true)});
  follower_.set_declared(state);
  EXPECT_THAT(declared_, ElementsAre(subscription_id(9)));
  step();
  EXPECT_FALSE(attempted_while_declaring_) << "only what is declared can be waited for";
  EXPECT_TRUE(follower_.attempted());
  EXPECT_TRUE(source_.asked_for_groups());
  EXPECT_THAT(declared_, ElementsAre(subscription_id(9), subscription_id(1)));
  step();
  EXPECT_EQ(declarations_, 2) << "the same is not declared again";
  EXPECT_EQ(in_effect_, "partly complete complete ") << "but said to be in effect";
}

TEST_F(ScopeFollowerTest, EachListingSaysWhatIsVisibleBeforeItIsDeclared) {
  source_.put(visible(1, "", "prod"));
  source_.put(visible(2, "", "test"));
  follower_.set_declared(scope_of("", {{"env", "prod"}}));
  EXPECT_THAT(visible_, IsEmpty()) << "an edit lists nothing";
  step();
  ASSERT_EQ(visible_.size(), 2U);
  EXPECT_EQ(visible_[1].tags, (std::vector<Tag>{{"env", "test"}}));
  EXPECT_TRUE(visible_before_declared_);
  source_.fail(Failure{});
  visible_.clear();
  step();
  EXPECT_EQ(visible_.size(), 2U) << "the last good listing";
}

TEST_F(ScopeFollowerTest, ListsOftenOnlyWhereThereAreScopes) {
  follower_.set_declared({});
  EXPECT_TRUE(follower_.attempted()) << "there is nothing to wait for";
  step();
  EXPECT_EQ(follower_.next_listing(), in(kWithout));
  follower_.set_declared(scope_of("mg"));
  EXPECT_LE(follower_.next_listing(), in(seconds(0))) << "an edit with scopes makes it due";
  step();
  EXPECT_EQ(follower_.next_listing(), in(kWithScopes));
}

TEST_F(ScopeFollowerTest, RequestsBringTheNextListingForwardOnceInHalfAMinute) {
  follower_.set_declared(scope_of("mg"));
  step();
  EXPECT_EQ(follower_.next_listing(), in(kWithScopes));
  follower_.list_soon();
  EXPECT_LE(follower_.next_listing(), in(seconds(0))) << "a single request acts at once";
  step();
  EXPECT_EQ(follower_.next_listing(), in(kWithScopes));
  follower_.list_soon();
  follower_.list_soon();
  EXPECT_EQ(follower_.next_listing(), in(seconds(30)));
  clock_.advance(std::chrono::minutes(2));
  EXPECT_LE(follower_.next_listing(), in(seconds(0)));
}

TEST_F(ScopeFollowerTest, AnEditActsAtOnceOnTheLastListing) {
  source_.put(visible(1, "mg", "prod"));
  follower_.set_declared(scope_of("", {{"env", "test"}}));
  step();
  EXPECT_THAT(declared_, IsEmpty());
  follower_.set_declared(scope_of("", {{"env", "prod"}}));
  EXPECT_THAT(declared_, ElementsAre(subscription_id(1)));
  follower_.set_declared({});
  EXPECT_THAT(declared_, IsEmpty());
  EXPECT_THAT(news_.departed, IsEmpty()) << "an edit is no departure";
}

TEST_F(ScopeFollowerTest, WhatNoLongerMatchesIsNoLongerDeclaredAndReportedOnce) {
  source_.put(visible(1, "mg"));
  source_.put(visible(2, "mg"));
  follower_.set_declared(scope_of("mg"));
  step();
  source_.put(visible(2, "other"));
  step();
  EXPECT_THAT(declared_, ElementsAre(subscription_id(1)));
  ASSERT_EQ(news_.departed.size(), 1U);
  EXPECT_EQ(news_.departed[0]->id, subscription_id(2));
  step();
  EXPECT_THAT(news_.departed, IsEmpty());
}

TEST_F(ScopeFollowerTest, AFailedListingKeepsTheLastOne) {
  source_.put(visible(1, "mg"));
  follower_.set_declared(scope_of("mg"));
  step();
  const WallTime good = clock_.wall_now();
  clock_.advance(kWithScopes);
  source_.fail(failure(Reason::ServerError, NextTry::Soon, "no answer"));
  step();
  EXPECT_THAT(declared_, ElementsAre(subscription_id(1)));
  EXPECT_EQ(news_.last_good, false);
  EXPECT_EQ(news_.last_success, good);
  ASSERT_EQ(news_.tenants.size(), 1U);
  EXPECT_TRUE(news_.tenants[0].known && news_.tenants[0].has_scopes);
  ASSERT_TRUE(news_.tenants[0].failure);
  EXPECT_EQ(news_.tenants[0].failure->message, "no answer");
  source_.fail(std::nullopt);
  step();
  EXPECT_EQ(news_.last_good, true);
  EXPECT_EQ(news_.last_success, clock_.wall_now());
  EXPECT_FALSE(news_.tenants[0].failure);
}

TEST_F(ScopeFollowerTest, TheFirstListingIsTriedAgainWithinSeconds) {
  follower_.set_declared(scope_of("mg"));
  source_.fail(failure(Reason::CredentialFailed, NextTry::Soon, "no matching credential"));
  for (const int pause : {5, 10, 20, 40}) {
    step();
    EXPECT_EQ(follower_.next_listing(), in(std::min<Duration>(seconds(pause), kWithScopes)));
  }
  for (int i = 0; i < 20; ++i) step();
  EXPECT_EQ(follower_.next_listing(), in(kWithScopes)) << "never later than usual";
  source_.fail(failure(Reason::CredentialFailed, NextTry::Slow, "a wrong secret"));
  step();
  EXPECT_EQ(follower_.next_listing(), in(kWithScopes)) << "what does not pass is not tried often";
  source_.fail(std::nullopt);
  source_.put(visible(1, "mg"));
  step();
  source_.fail(failure(Reason::ServerError, NextTry::Soon, "no answer"));
  step();
  EXPECT_EQ(follower_.next_listing(), in(kWithScopes)) << "the last list is in effect";
}

TEST_F(ScopeFollowerTest, TheFirstListingWaitsAsLongAsTheServerAsks) {
  follower_.set_declared(scope_of("mg"));
  Failure throttled = failure(Reason::Throttled, NextTry::ServerWait, "later");
  throttled.server_wait = seconds(90);
  source_.fail(throttled);
  step();
  EXPECT_EQ(follower_.next_listing(), in(seconds(90)));
  throttled.server_wait = std::chrono::minutes(20);
  source_.fail(throttled);
  step();
  EXPECT_EQ(follower_.next_listing(), in(kWithScopes)) << "never later than usual";
}

TEST_F(ScopeFollowerTest, ManagementGroupsThatAreNotKnownYetAreAskedForSoon) {
  source_.put(visible(1, "mg"));
  source_.fail_groups(failure(Reason::ServerError, NextTry::Soon, "the graph is away"));
  follower_.set_declared(scope_of("mg"));
  step();
  EXPECT_EQ(follower_.next_listing(), in(seconds(5)));
  source_.fail_groups(std::nullopt);
  step();
  EXPECT_EQ(follower_.next_listing(), in(kWithScopes));
  source_.fail_groups(failure(Reason::ServerError, NextTry::Soon, "the graph is away"));
  step();
  EXPECT_EQ(follower_.next_listing(), in(kWithScopes)) << "the known ones are in effect";
}

TEST_F(ScopeFollowerTest, AnEmptyListAfterAFullOneIsAFailure) {
  source_.put(visible(1, "mg"));
  follower_.set_declared(scope_of("mg"));
  step();
  source_.remove(subscription_id(1));
  step();
  EXPECT_THAT(declared_, ElementsAre(subscription_id(1)));
  ASSERT_TRUE(news_.tenants[0].failure);
  EXPECT_EQ(news_.tenants[0].failure->reason, Reason::Forbidden);
}

TEST_F(ScopeFollowerTest, AGraphThatFailsOrLacksARowTakesNothingAway) {
  source_.put(visible(1, "mg"));
  source_.put(visible(2, "mg"));
  follower_.set_declared(scope_of("mg"));
  step();
  source_.put(visible(2, ""));
  step();
  EXPECT_THAT(declared_, ElementsAre(subscription_id(1), subscription_id(2)))
      << "a missing row is no departure";
  source_.fail_groups(failure(Reason::ServerError, NextTry::Soon, "the graph is closed"));
  source_.put(visible(3, "mg"));
  step();
  EXPECT_THAT(declared_, ElementsAre(subscription_id(1), subscription_id(2)));
  source_.fail_groups(std::nullopt);
  step();
  EXPECT_THAT(declared_, ElementsAre(subscription_id(1), subscription_id(2), subscription_id(3)));
}

TEST_F(ScopeFollowerTest, ScopesThatNeedNoGroupsWorkWithoutThem) {
  source_.put(visible(1, "mg", "prod"));
  source_.put(visible(2, "mg"));
  DesiredState state = scope_of("mg");
  state.scopes.push_back(scope_of("", {{"env", "prod"}}).scopes[0]);
  source_.fail_groups(failure(Reason::Forbidden, NextTry::Slow, "the graph is closed"));
  follower_.set_declared(state);
  step();
  EXPECT_THAT(declared_, ElementsAre(subscription_id(1)));
  EXPECT_TRUE(news_.tenants[0].known && news_.tenants[0].needs_groups);
  EXPECT_FALSE(news_.tenants[0].groups_known);
}

TEST_F(ScopeFollowerTest, TellsWhenAListingIsInEffect) {
  source_.put(visible(1, "mg"));
  source_.fail(failure(Reason::Timeout, NextTry::Soon));
  follower_.set_declared(scope_of("mg"));
  EXPECT_EQ(listings_ended_, 0) << "an edit is no listing";
  step();
  EXPECT_EQ(listings_ended_, 1) << "one that failed says what is known, too";
  source_.fail(std::nullopt);
  step();
  step();
  EXPECT_EQ(listings_ended_, 3) << "also if it changed nothing";
}

TEST_F(ScopeFollowerTest, ATenantThatIsNoLongerDeclaredIsForgotten) {
  DiscoveredSubscription partner = visible(7, "mg");
  partner.tenant = kPartner;
  source_.put(partner);
  DesiredState state = scope_of("mg");
  state.scopes[0].declares.tenant = kPartner;
  follower_.set_declared(state);
  step();
  EXPECT_THAT(declared_, ElementsAre(subscription_id(7)));
  EXPECT_EQ(news_.tenants.size(), 2U) << "the default one, and the partner's";
  follower_.set_declared(scope_of("mg"));
  EXPECT_THAT(declared_, IsEmpty());
  EXPECT_EQ(news_.tenants.size(), 1U);
}

// Half of what it did may be in effect.
TEST_F(ScopeFollowerTest, WhatAThrowingListenerLeftHalfDoneIsDeclaredAgain) {
  source_.put(visible(1, "mg"));
  follower_.set_declared(scope_of("mg"));
  declare_throws_ = true;
  EXPECT_THROW(step(), std::runtime_error);
  EXPECT_FALSE(follower_.attempted());
  declare_throws_ = false;
  step();
  EXPECT_THAT(declared_, ElementsAre(subscription_id(1)));
}

TEST_F(ScopeFollowerTest, CallersOutsideWaitForNoListener) {
  int resolved = 0;
  on_resolved_ = [&] {
    ++resolved;
    auto asked = std::async(std::launch::async, [&] {
      follower_.list_soon();
      return follower_.next_listing();
    });
    EXPECT_TRUE(eventually("a caller outside has its answer", asked));
  };
  follower_.set_declared(scope_of("mg"));
  step();
  EXPECT_EQ(resolved, 2);
}

TEST_F(ScopeFollowerTest, RunListsUntilItIsStopped) {
  source_.put(visible(1, "mg"));
  std::promise<void> resolved;
  on_resolved_ = [&, once = false]() mutable {
    if (source_.listings() > 0 && !std::exchange(once, true)) resolved.set_value();
  };
  follower_.set_declared(scope_of("mg"));
  auto first = resolved.get_future();
  std::jthread thread([this](const std::stop_token& stop) { follower_.run(stop); });
  EXPECT_TRUE(eventually("the first listing was resolved", first));
  thread.request_stop();
  thread.join();
  EXPECT_THAT(declared_, ElementsAre(subscription_id(1)));
}

}  // namespace
}  // namespace defenderd
