#include "app/discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "support/fake_clock.h"

namespace defenderd {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

SubscriptionId id(unsigned n) {
  std::string digits = std::to_string(n);
  digits.insert(0, 12 - digits.size(), '0');
  return *SubscriptionId::parse("00000000-0000-4000-8000-" + digits);
}

class DiscoveryTest : public testing::Test {
 protected:
  DiscoveryTest() {
    Discovery::Options options;
    options.look = [this](const std::optional<TenantId>& /*tenant*/, bool groups,
                          const std::stop_token& /*stop*/) -> ArmResult<Discovered> {
      asked_groups_ = groups;
      if (failure_) return Unexpected(*failure_);
      Discovered answer{azure_, {}};
      if (!groups || graph_fails_) {
        for (DiscoveredSubscription& one : answer.subscriptions) one.management_groups.reset();
      }
      if (groups && graph_fails_) {
        answer.groups_failed.emplace();
        answer.groups_failed->message = "the graph is closed";
      }
      return answer;
    };
    options.declare = [this](const DesiredState& state) {
      ++declarations_;
      declared_.clear();
      for (const DesiredSubscription& one : state.subscriptions) declared_.push_back(one.id);
    };
    discovery_ = std::make_unique<Discovery>(clock_, log_, board_, std::move(options));
  }

  void in_sight(unsigned n, std::string group, std::string tag = "") {
    DiscoveredSubscription one;
    one.id = id(n);
    one.state = "Enabled";
    one.management_groups = {{std::move(group)}};
    if (!tag.empty()) one.tags = {{"env", std::move(tag)}};
    azure_.push_back(std::move(one));
  }
  static DesiredState scope_of(std::string group, std::vector<Tag> tags = {}) {
    DesiredState state;
    state.scopes.emplace_back();
    state.scopes[0].management_group = std::move(group);
    state.scopes[0].tags = std::move(tags);
    state.scopes[0].declares.plan = true;
    return state;
  }
  [[nodiscard]] std::size_t told(const std::string& event) const {
    std::size_t count = 0;
    for (const std::string& line : lines_) {
      count += line.find(" " + event + " ") == std::string::npos ? 0U : 1U;
    }
    return count;
  }

  FakeClock clock_;
  std::vector<std::string> lines_;
  Logger log_{LogLevel::Info, LogFormat::Text, clock_,
              [this](std::string_view line) { lines_.emplace_back(line); }};
  CoverageBoard board_;
  std::vector<DiscoveredSubscription> azure_;
  std::optional<Failure> failure_;
  bool graph_fails_ = false;
  bool asked_groups_ = false;
  int declarations_ = 0;
  std::vector<SubscriptionId> declared_;
  std::unique_ptr<Discovery> discovery_;
};

TEST_F(DiscoveryTest, EntriesStartAtOnceAndScopesJoin) {
  in_sight(1, "mg");
  DesiredState state = scope_of("mg");
  DesiredSubscription entry;
  entry.id = id(9);
  state.subscriptions.emplace_back(entry);
  discovery_->set_declared(state);
  EXPECT_THAT(declared_, ElementsAre(id(9)));
  EXPECT_FALSE(discovery_->attempted());
  discovery_->step({});
  EXPECT_TRUE(discovery_->attempted());
  EXPECT_TRUE(asked_groups_);
  EXPECT_THAT(declared_, ElementsAre(id(9), id(1)));
  discovery_->step({});
  EXPECT_EQ(declarations_, 2) << "the same is not declared again";
}

TEST_F(DiscoveryTest, RequestsBringTheNextLookForwardOnceInHalfAMinute) {
  discovery_->set_intervals(std::chrono::minutes(5), std::chrono::hours(1));
  discovery_->set_declared(scope_of("mg"));
  discovery_->step({});
  EXPECT_EQ(discovery_->next_look(), clock_.steady_now() + std::chrono::minutes(5));
  discovery_->look_soon();
  EXPECT_LE(discovery_->next_look(), clock_.steady_now()) << "a single request acts at once";
  discovery_->step({});
  EXPECT_EQ(discovery_->next_look(), clock_.steady_now() + std::chrono::minutes(5));
  discovery_->look_soon();
  discovery_->look_soon();
  EXPECT_EQ(discovery_->next_look(), clock_.steady_now() + std::chrono::seconds(30));
  clock_.advance_to(clock_.steady_now() + std::chrono::minutes(2));
  EXPECT_LE(discovery_->next_look(), clock_.steady_now());
  discovery_->step({});
  discovery_->set_declared(scope_of("other"));
  EXPECT_LE(discovery_->next_look(), clock_.steady_now()) << "and so does an edit";
}

TEST_F(DiscoveryTest, AnEditActsAtOnceOnWhatWasFoundLast) {
  in_sight(1, "mg", "prod");
  discovery_->set_declared(scope_of("", {{"env", "test"}}));
  discovery_->step({});
  EXPECT_THAT(declared_, IsEmpty());
  discovery_->set_declared(scope_of("", {{"env", "prod"}}));
  EXPECT_THAT(declared_, ElementsAre(id(1)));
  discovery_->set_declared({});
  EXPECT_THAT(declared_, IsEmpty());
  EXPECT_EQ(told("left_scope"), 0U) << "an edit is no departure";
}

TEST_F(DiscoveryTest, AFailedLookKeepsWhatWasFoundAndIsToldOnce) {
  in_sight(1, "mg");
  discovery_->set_declared(scope_of("mg"));
  discovery_->step({});
  failure_.emplace();
  failure_->message = "no answer";
  discovery_->step({});
  discovery_->step({});
  EXPECT_THAT(declared_, ElementsAre(id(1)));
  EXPECT_EQ(told("discovery_failed"), 1U);
  EXPECT_EQ(board_.snapshot()->last_good, false);
  EXPECT_THAT(board_.snapshot()->error, HasSubstr("no answer"));
  failure_.reset();
  discovery_->step({});
  EXPECT_EQ(told("discovery_recovered"), 1U);
  EXPECT_EQ(board_.snapshot()->last_good, true);
}

TEST_F(DiscoveryTest, AGraphThatFailsOrLacksARowTakesNothingAway) {
  in_sight(1, "mg");
  in_sight(2, "mg");
  discovery_->set_declared(scope_of("mg"));
  discovery_->step({});
  azure_[1].management_groups.reset();
  discovery_->step({});
  EXPECT_THAT(declared_, ElementsAre(id(1), id(2))) << "a row that is missing is no departure";
  graph_fails_ = true;
  in_sight(3, "mg");
  discovery_->step({});
  EXPECT_THAT(declared_, ElementsAre(id(1), id(2)));
  graph_fails_ = false;
  discovery_->step({});
  EXPECT_THAT(declared_, ElementsAre(id(1), id(2), id(3)));
  EXPECT_EQ(told("left_scope"), 0U);
}

TEST_F(DiscoveryTest, ManyThatLeaveAreOneLineAndForgottenInTime) {
  for (unsigned n = 1; n <= 50; ++n) in_sight(n, "mg");
  discovery_->set_declared(scope_of("mg"));
  discovery_->step({});
  for (DiscoveredSubscription& one : azure_) one.management_groups = {{"other"}};
  discovery_->step({});
  EXPECT_THAT(declared_, IsEmpty());
  EXPECT_EQ(told("left_scope"), 1U);
  EXPECT_EQ(board_.snapshot()->left, 50U);
  EXPECT_EQ(board_.snapshot()->undeclared, 50U);
  clock_.advance(std::chrono::hours(24 * 31));
  discovery_->step({});
  EXPECT_EQ(board_.snapshot()->left, 0U);
  EXPECT_EQ(board_.snapshot()->undeclared, 50U) << "they are still in sight";
}

// Whoever logs may wait, and meanwhile others need what the lock guards.
TEST_F(DiscoveryTest, LogsNothingWhileItHoldsItsLock) {
  int logged = 0;
  Logger log(LogLevel::Info, LogFormat::Text, clock_, [&](std::string_view) {
    ++logged;
    auto asked = std::async(std::launch::async, [&] { discovery_->look_soon(); });
    EXPECT_EQ(asked.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  });
  Discovery::Options options;
  options.look = [this](const auto&, bool, const std::stop_token&) -> ArmResult<Discovered> {
    if (failure_) return Unexpected(*failure_);
    return Discovered{azure_, {}};
  };
  options.declare = [](const DesiredState&) {};
  discovery_ = std::make_unique<Discovery>(clock_, log, board_, std::move(options));
  in_sight(1, "production");
  in_sight(2, "elsewhere");
  discovery_->set_declared(scope_of("production"));
  discovery_->step({});
  EXPECT_GT(logged, 1) << "what is covered, and what is not declared";
  failure_.emplace();
  logged = 0;
  discovery_->step({});
  EXPECT_EQ(logged, 1) << "that it failed";
  discovery_.reset();
}

}  // namespace
}  // namespace defenderd
