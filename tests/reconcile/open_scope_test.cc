// What a scope may cover while its list is missing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "reconcile/scope_follower_fixture.h"

namespace defenderd {
namespace {

using testing::ElementsAre;

// Subscription 1 is prod, 2 is dev. The partner's tenant cannot be listed.
class OpenScopeTest : public ScopeFollowerTest {
 protected:
  OpenScopeTest() {
    source_.put(visible(1, "mg", "prod"));
    source_.put(visible(2, "mg", "dev"));
    source_.fail_in(kPartner, failure(Reason::CredentialFailed, NextTry::Slow));
  }
  static DesiredState partners(std::string group, std::vector<Tag> tags) {
    DesiredState state = scope_of(std::move(group), std::move(tags));
    state.scopes[0].declares.tenant = kPartner;
    return state;
  }
  // Of 1, of 2, and of one that no list has.
  std::vector<bool> may_cover() const {
    return {follower_.may_cover(subscription_id(1)), follower_.may_cover(subscription_id(2)),
            follower_.may_cover(subscription_id(3))};
  }
};

TEST_F(OpenScopeTest, WhatAScopeWithoutItsListCanCoverIsKnownByItsTags) {
  follower_.set_declared(partners("", {{"env", "prod"}}));
  EXPECT_THAT(may_cover(), ElementsAre(true, true, true)) << "nothing is listed yet";
  step();
  EXPECT_FALSE(follower_.complete());
  EXPECT_THAT(may_cover(), ElementsAre(true, false, true));
  follower_.set_declared(partners("another", {{"env", "dev"}}));
  EXPECT_THAT(may_cover(), ElementsAre(false, true, true));
  follower_.set_declared(partners("another", {}));
  EXPECT_THAT(may_cover(), ElementsAre(true, true, true));
  source_.fail_in(kPartner, std::nullopt);
  step();
  EXPECT_TRUE(follower_.complete());
  EXPECT_THAT(may_cover(), ElementsAre(false, false, false));
  source_.fail_in(kPartner, failure(Reason::CredentialFailed, NextTry::Slow));
  step();
  EXPECT_THAT(may_cover(), ElementsAre(false, false, false)) << "the last list stays in effect";
}

// Its list comes later, and until then nothing may be judged as if the fleet were known.
TEST_F(OpenScopeTest, AnEditThatNamesATenantForTheFirstTimeIsNotComplete) {
  DesiredState first = scope_of("mg", {});
  follower_.set_declared(first);
  step();
  EXPECT_TRUE(follower_.complete());
  DesiredState second = first;
  second.scopes.push_back(partners("", {}).scopes[0]);
  follower_.set_declared(second);
  EXPECT_FALSE(follower_.complete());
  EXPECT_THAT(may_cover(), ElementsAre(true, true, true));
  source_.fail_in(kPartner, std::nullopt);
  step();
  EXPECT_TRUE(follower_.complete());
  follower_.set_declared({});
  EXPECT_TRUE(follower_.complete()) << "no scope, so nothing is missing";
}

TEST_F(OpenScopeTest, AGroupThatIsNotKnownMayContainAnyThatIsListed) {
  source_.fail_groups(failure(Reason::Forbidden, NextTry::Slow));
  follower_.set_declared(scope_of("mg", {{"env", "dev"}}));
  step();
  EXPECT_THAT(may_cover(), ElementsAre(false, true, false));
  follower_.set_declared(scope_of("mg"));
  step();
  EXPECT_THAT(may_cover(), ElementsAre(true, true, false));
  follower_.set_declared({});
  EXPECT_THAT(may_cover(), ElementsAre(false, false, false)) << "there are no scopes";
}

TEST_F(OpenScopeTest, AListenerMayAsk) {
  on_resolved_ = [this] { (void)follower_.may_cover(subscription_id(1)); };
  follower_.set_declared(partners("", {}));
  step();
  EXPECT_TRUE(follower_.may_cover(subscription_id(1)));
}

}  // namespace
}  // namespace defenderd
