#include "app/coverage_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "reconcile/scope_follower.h"
#include "support/builders.h"
#include "support/fake_clock.h"
#include "support/fake_subscription_source.h"
#include "support/ids.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// The news come from a real follower.
class CoverageLogTest : public testing::Test {
 protected:
  [[nodiscard]] std::size_t logged(const std::string& event) const {
    std::size_t count = 0;
    for (const std::string& line : lines_)
      count += line.find(" " + event + " ") == std::string::npos ? 0U : 1U;
    return count;
  }
  [[nodiscard]] std::string last(const std::string& event) const {
    std::string found;
    for (const std::string& line : lines_)
      if (line.find(" " + event + " ") != std::string::npos) found = line;
    return found;
  }
  void step() { follower_.step({}); }

  FakeClock clock_;
  std::vector<std::string> lines_;
  Logger log_{LogLevel::Info, LogFormat::Text, clock_,
              [this](std::string_view line) { lines_.emplace_back(line); }};
  CoverageBoard board_;
  Unmanaged unmanaged_{clock_};
  CoverageLog coverage_log_{unmanaged_, log_, board_};
  FakeSubscriptionSource source_;
  ScopeFollower follower_{source_,
                          clock_,
                          std::nullopt,
                          {[this](const Resolution& resolution, const ScopeNews& news) {
                             coverage_log_.resolved(resolution, news);
                           },
                           {}}};
};

TEST_F(CoverageLogTest, ALostRoleIsSaidOnceWithWhatToDo) {
  source_.put(visible(1, "mg"));
  follower_.set_declared(scope_of("mg"));
  step();
  source_.remove(subscription_id(1));
  step();
  EXPECT_THAT(last("discovery_failed"),
              HasSubstr("no subscription is visible to the identity any more, probably because its "
                        "role was removed: assign the role again; the last list stays in effect"));
}

TEST_F(CoverageLogTest, AFailureIsLoggedWhenItStartsAndWhenItEnds) {
  source_.put(visible(1, "mg"));
  follower_.set_declared(scope_of("mg"));
  step();
  EXPECT_EQ(logged("scopes_cover"), 1U);
  source_.fail(failure(Reason::ServerError, NextTry::Soon, "no answer"));
  step();
  step();
  EXPECT_EQ(logged("discovery_failed"), 1U);
  EXPECT_THAT(last("discovery_failed"),
              AllOf(HasSubstr("WARN"), HasSubstr("no answer; the last list stays in effect")));
  EXPECT_EQ(board_.snapshot()->last_good, false);
  EXPECT_EQ(board_.snapshot()->error, "no answer");
  source_.fail(failure(Reason::Forbidden, NextTry::Slow, "no role"));
  step();
  EXPECT_EQ(logged("discovery_failed"), 2U) << "another kind of failure is news";
  source_.fail(std::nullopt);
  step();
  EXPECT_EQ(logged("discovery_recovered"), 1U);
  EXPECT_EQ(board_.snapshot()->last_good, true);
  EXPECT_EQ(board_.snapshot()->error, "");
}

TEST_F(CoverageLogTest, AnOutageForManyTenantsIsOneLine) {
  const auto tenant = [](int n) { return TenantId::parse(guid(static_cast<unsigned>(n))); };
  DesiredState state;
  for (int n = 1; n <= 20; ++n) {
    state.scopes.push_back(scope_of("", {{"env", "prod"}}).scopes[0]);
    state.scopes.back().declares.tenant = tenant(n);
    state.scopes.back().declares.source = "desired.yaml:" + std::to_string(n);
  }
  follower_.set_declared(state);
  step();
  Failure down = failure(Reason::ServerError, NextTry::Soon, "no answer");
  down.http_status = 503;
  source_.fail(down);
  source_.fail_in(tenant(7), failure(Reason::Forbidden, NextTry::Slow, "no role"));
  step();
  step();
  ASSERT_EQ(logged("discovery_failed"), 2U) << "the default tenant has no scope";
  EXPECT_THAT(lines_,
              testing::Contains(AllOf(
                  HasSubstr("WARN"),
                  HasSubstr("no answer; the last list stays in effect. The same applies to 20 "
                            "tenants, for example 00000000-0000-4000-8000-000000000001, "
                            "00000000-0000-4000-8000-000000000002, "
                            "00000000-0000-4000-8000-000000000003"),
                  HasSubstr("count=20"), testing::Not(HasSubstr("tenant=")))));
  source_.fail(std::nullopt);
  step();
  EXPECT_EQ(logged("discovery_recovered"), 1U);
  EXPECT_THAT(last("discovery_recovered"),
              AllOf(HasSubstr("of 20 tenants can be listed again"), HasSubstr("count=20")));
  EXPECT_THAT(last("discovery_failed"), AllOf(HasSubstr("no role"), HasSubstr("000000000007")));
  source_.fail_in(tenant(7), std::nullopt);
  step();
  EXPECT_THAT(last("discovery_recovered"), HasSubstr("000000000007"));
}

TEST_F(CoverageLogTest, TheLevelAndTheConsequenceOfAFailureDependOnTheScopes) {
  source_.fail(failure(Reason::Forbidden, NextTry::Slow, "no role"));
  follower_.set_declared({});
  step();
  EXPECT_THAT(last("discovery_failed"),
              AllOf(HasSubstr("INFO"), HasSubstr("everything else works")));
  source_.fail(failure(Reason::ServerError, NextTry::Soon, "no answer"));
  follower_.set_declared(scope_of("mg"));
  step();
  EXPECT_THAT(last("discovery_failed"),
              AllOf(HasSubstr("WARN"), HasSubstr("scopes cover nothing until this is fixed")));
  source_.fail(std::nullopt);
  source_.fail_groups(failure(Reason::Throttled, NextTry::Soon, "the graph is closed"));
  step();
  EXPECT_THAT(last("discovery_failed"), HasSubstr("the graph is closed; scopes with a "
                                                  "managementGroup cover nothing until"));
}

TEST_F(CoverageLogTest, AScopeThatCoversNothingIsLoggedWhenItStartsAndWhenItEnds) {
  follower_.set_declared(scope_of("mg"));
  EXPECT_EQ(logged("scope_empty"), 0U) << "nothing was listed yet";
  EXPECT_TRUE(board_.snapshot()->by_scope.empty());
  step();
  EXPECT_THAT(last("scope_empty"), AllOf(HasSubstr("WARN"), HasSubstr("covers no subscription: no "
                                                                      "subscription is visible")));
  source_.put(visible(1, "another"));
  step();
  EXPECT_EQ(logged("scope_empty"), 1U) << "once";
  ASSERT_EQ(board_.snapshot()->by_scope.size(), 1U);
  EXPECT_EQ(board_.snapshot()->by_scope.front().subscriptions, 0U);
  source_.put(visible(2, "mg"));
  step();
  EXPECT_THAT(last("scope_empty"), AllOf(HasSubstr("INFO"), HasSubstr("covers 1 again")));
  EXPECT_EQ(board_.snapshot()->by_scope.front().subscriptions, 1U);
}

TEST_F(CoverageLogTest, AnEditIsNoDeparture) {
  source_.put(visible(1, "mg"));
  follower_.set_declared(scope_of("mg"));
  step();
  follower_.set_declared({});
  EXPECT_EQ(logged("left_scope"), 0U);
}

TEST_F(CoverageLogTest, FewThatLeaveAreALineEach) {
  source_.put(visible(1, "mg"));
  source_.put(visible(2, "mg"));
  source_.put(visible(3, "mg"));
  follower_.set_declared(scope_of("mg"));
  step();
  source_.put(visible(1, "other"));
  source_.remove(subscription_id(2));
  step();
  EXPECT_EQ(logged("left_scope"), 2U);
  EXPECT_THAT(lines_, testing::Contains(HasSubstr("no longer matches")));
  EXPECT_THAT(lines_, testing::Contains(HasSubstr("no longer visible")));
  const auto shown = board_.snapshot();
  ASSERT_EQ(shown->rows.size(), 2U);
  EXPECT_EQ(shown->rows[0].reason, CoverageReason::LeftScope);
  EXPECT_EQ(shown->rows[1].reason, CoverageReason::OutOfSight);
  EXPECT_EQ(shown->undeclared, 1U) << "what is not visible cannot be managed";
}

TEST_F(CoverageLogTest, WhatLeavesAScopeCountsForADayOrUntilItReturns) {
  for (unsigned n = 1; n <= 5; ++n) source_.put(visible(n, "mg"));
  follower_.set_declared(scope_of("mg"));
  step();
  const auto lately = [this] {
    const auto shown = left_lately(*board_.snapshot(), clock_.wall_now());
    const auto of = [&](CoverageReason reason) {
      return shown.at(static_cast<std::size_t>(reason));
    };
    return std::vector{of(CoverageReason::LeftScope), of(CoverageReason::NotEnabled),
                       of(CoverageReason::OutOfSight)};
  };
  EXPECT_THAT(lately(), testing::ElementsAre(0, 0, 0));
  source_.put(visible(1, "other"));
  source_.put(visible(2, "other"));
  DiscoveredSubscription disabled = visible(3, "mg");
  disabled.state = "Disabled";
  source_.put(disabled);
  source_.remove(subscription_id(4));
  step();
  EXPECT_THAT(lately(), testing::ElementsAre(2, 1, 1));
  clock_.advance(std::chrono::hours(23));
  source_.put(visible(1, "mg"));
  step();
  EXPECT_THAT(lately(), testing::ElementsAre(1, 1, 1)) << "one is back";
  source_.fail(failure(Reason::ServerError, NextTry::Soon));
  step();
  EXPECT_THAT(lately(), testing::ElementsAre(1, 1, 1)) << "a failure says nothing about them";
  clock_.advance(std::chrono::hours(1));
  EXPECT_THAT(lately(), testing::ElementsAre(0, 0, 0)) << "before the next listing";
  step();
  EXPECT_THAT(lately(), testing::ElementsAre(0, 0, 0));
  EXPECT_EQ(board_.snapshot()->left, 3U) << "listed for longer";
}

TEST_F(CoverageLogTest, ManyThatLeaveAreOneLineAndForgottenInTime) {
  for (unsigned n = 1; n <= 50; ++n) source_.put(visible(n, "mg"));
  follower_.set_declared(scope_of("mg"));
  step();
  for (unsigned n = 1; n <= 50; ++n) source_.put(visible(n, "other"));
  step();
  EXPECT_EQ(logged("left_scope"), 1U);
  EXPECT_THAT(last("left_scope"), HasSubstr("50 subscriptions"));
  EXPECT_EQ(board_.snapshot()->left, 50U);
  EXPECT_EQ(board_.snapshot()->undeclared, 50U);
  clock_.advance(std::chrono::hours(24 * 31));
  step();
  EXPECT_EQ(board_.snapshot()->left, 0U);
  EXPECT_EQ(board_.snapshot()->undeclared, 50U) << "they are still visible";
}

TEST_F(CoverageLogTest, WhatNothingDeclaresIsLoggedWhenItIsFirstSeen) {
  source_.put(visible(1, ""));
  follower_.set_declared({});
  step();
  const WallTime first = clock_.wall_now();
  clock_.advance(std::chrono::hours(1));
  step();
  EXPECT_EQ(logged("undeclared"), 1U);
  ASSERT_EQ(board_.snapshot()->rows.size(), 1U);
  EXPECT_EQ(board_.snapshot()->rows[0].first_seen, first);
}

TEST_F(CoverageLogTest, ScopesThatDisagreeAreLoggedWhenTheyStartAndWhenTheyStop) {
  source_.put(visible(1, "mg", "prod"));
  DesiredState state = scope_of("mg");
  state.scopes.push_back(scope_of("", {{"env", "prod"}}).scopes[0]);
  state.scopes[1].declares.plan = false;
  state.scopes[1].declares.source = "desired.yaml:2";
  follower_.set_declared(state);
  step();
  step();
  EXPECT_EQ(logged("scopes_disagree"), 1U);
  EXPECT_THAT(last("scopes_disagree"), HasSubstr("ERROR"));
  EXPECT_EQ(board_.snapshot()->disagreed, 1U);
  follower_.set_declared(scope_of("mg"));
  EXPECT_EQ(logged("scopes_disagree"), 2U);
  EXPECT_THAT(last("scopes_disagree"), AllOf(HasSubstr("INFO"), HasSubstr("no longer disagree")));
}

}  // namespace
}  // namespace defenderd
