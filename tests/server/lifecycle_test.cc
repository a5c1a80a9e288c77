// POST /-/freeze and /-/thaw: what they take, and what they answer.

#include "server/lifecycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/scrub.h"
#include "telemetry/samples.h"

namespace defenderd {
namespace {

using samples::at;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using Parameters = std::vector<std::pair<std::string, std::string>>;

class LifecycleTest : public testing::Test {
 protected:
  LifecycleTest() { make(true); }
  void make(bool has_state) {
    EndpointHooks hooks;
    hooks.now = [] { return at(10); };
    hooks.status = [this] { return status_; };
    hooks.freeze = [this](Freeze freeze) -> Result<FreezeAnswer> {
      if (!refusal_.empty()) return Unexpected(Error{refusal_});
      frozen_.push_back(std::move(freeze));
      return FreezeAnswer{.not_saved = not_saved_};
    };
    hooks.thaw = [this](const ThawOrder& order) -> Result<FreezeAnswer> {
      if (!refusal_.empty()) return Unexpected(Error{refusal_});
      std::string text = order.reason + "|" + order.by + (order.all ? "|all" : "");
      for (const std::string& freeze : order.freezes) text += "|" + freeze;
      thawed_.push_back(std::move(text));
      return FreezeAnswer{not_saved_, ended_};
    };
    routes_ = lifecycle_routes(board_, std::make_shared<const EndpointHooks>(std::move(hooks)),
                               {true, has_state, AllowedHosts("127.0.0.1", {})});
  }
  void declare_owners(const std::vector<std::string>& owners) {
    std::vector<DesiredSubscription> fleet;
    for (const std::string& owner : owners) {
      fleet.push_back(samples::declared(static_cast<int>(fleet.size()) + 1));
      fleet.back().owner = owner;
    }
    board_.set_desired(samples::state_of(std::move(fleet)), at(0));
  }
  Response post(const std::string& path, Parameters query, std::string body = "",
                const std::string& type = "application/x-www-form-urlencoded") {
    Request request{.method = "POST", .path = path, .query = std::move(query)};
    if (!body.empty()) request.headers.emplace_back("Content-Type", type);
    request.body = std::move(body);
    return dispatch(routes_, request);
  }

  StatusBoard board_;
  DaemonStatus status_;
  std::vector<Freeze> frozen_;
  std::vector<std::string> thawed_;
  std::vector<std::string> ended_{"incident (alice)"};
  std::string not_saved_;
  std::string refusal_;
  std::vector<Route> routes_;
};

TEST_F(LifecycleTest, FreezesByAForm) {
  declare_owners({"payments", "Search"});
  const Response answer = post("/-/freeze", {},
                               "reason=incident+4711&by=alice%40contoso.com&for=4h&except=enable"
                               "&owner=payments&owner=search");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body,
              AllOf(HasSubstr("writes are frozen until 2026-01-01T04:10:00"),
                    HasSubstr("incident 4711 (alice@contoso.com); only for the subscriptions of "
                              "payments, search; protection may still be switched on")));
  ASSERT_THAT(frozen_, SizeIs(1));
  EXPECT_EQ(frozen_[0].reason, "incident 4711");
  EXPECT_EQ(frozen_[0].by, "alice@contoso.com");
  EXPECT_EQ(frozen_[0].until, at(10) + std::chrono::hours(4));
  EXPECT_TRUE(frozen_[0].except_enable);
  EXPECT_THAT(frozen_[0].owners, ElementsAre("payments", "search"));
}

TEST_F(LifecycleTest, RefusesAnOwnerWhomNobodyHas) {
  declare_owners({"payments", "search", ""});
  const Response answer =
      post("/-/freeze", {{"reason", "r"}, {"owner", "search"}, {"owner", "payment"}});
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body,
            "nothing was frozen: no subscription has the owner \"payment\"; did you mean "
            "\"payments\"?\n");
  EXPECT_EQ(post("/-/freeze", {{"reason", "r"}, {"owner", "nobody at all"}}).body,
            "nothing was frozen: no subscription has the owner \"nobody at all\"\n");
  EXPECT_THAT(frozen_, IsEmpty());
}

TEST_F(LifecycleTest, FreezesByTheQuery) {
  const Response answer = post("/-/freeze", {{"reason", "stop"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body,
              AllOf(HasSubstr("until the freeze is removed: stop"), HasSubstr("POST /-/thaw")));
  EXPECT_EQ(frozen_.at(0).until, std::nullopt);
}

TEST_F(LifecycleTest, SaysThatARestartForgets) {
  make(false);
  EXPECT_THAT(post("/-/freeze", {{"reason", "stop"}}).body, HasSubstr("a restart forgets it"));
}

TEST_F(LifecycleTest, RefusesWhatItDoesNotUnderstand) {
  struct Case {
    Parameters query;
    const char* says;
  };
  const std::vector<Case> cases{
      {{}, "reason is missing"},
      {{{"reason", "  "}}, "reason is missing"},
      {{{"reason", std::string(1025, 'x')}}, "longer than 1024"},
      {{{"reason", "r"}, {"by", std::string(257, 'x')}}, "longer than 256"},
      {{{"reason", "r"}, {"until", "tomorrow"}}, "until is not a time"},
      {{{"reason", "r"}, {"for", "4"}}, "for is not a duration"},
      {{{"reason", "r"}, {"for", "0s"}}, "for is not a duration"},
      {{{"reason", "r"}, {"for", "4h"}, {"until", "2026-12-24T00:00:00Z"}}, "not both"},
      {{{"reason", "r"}, {"except", "disable"}}, "except can only be enable"},
      {{{"reason", "r"}, {"owners", "payments"}}, "unknown parameter: owners"},
  };
  for (const Case& each : cases) {
    const Response answer = post("/-/freeze", each.query);
    EXPECT_EQ(answer.status, 400) << each.says;
    EXPECT_THAT(answer.body, HasSubstr(each.says));
  }
  EXPECT_EQ(post("/-/freeze", {}, R"({"reason":"r"})", "application/json").status, 415);
  EXPECT_EQ(post("/-/thaw", {}, "reason=r", "text/plain").status, 415);
  EXPECT_EQ(post("/-/thaw", {}).status, 400);
  EXPECT_EQ(post("/-/thaw", {{"reason", "r"}, {"for", "4h"}}).status, 400);
  EXPECT_THAT(frozen_, IsEmpty());
  EXPECT_THAT(thawed_, IsEmpty());
}

TEST_F(LifecycleTest, SaysWhyItCannot) {
  refusal_ = "there are already 20";
  const Response answer = post("/-/freeze", {{"reason", "stop"}});
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.body, "there are already 20\n");
}

TEST_F(LifecycleTest, ThawsAndNamesWhatIsLeft) {
  status_.freezes = {
      {.freeze = {.reason = "year-end", .source = "settings.yaml:7"}, .in_force = true},
      {.freeze = {.reason = "later", .source = "settings.yaml:9"}}};
  const Response answer = post("/-/thaw", {{"reason", "all clear"}, {"by", "bob"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body,
            "1 freeze has ended\n  incident (alice)\nstill frozen by the settings "
            "(settings.yaml:7): year-end\n");
  EXPECT_THAT(thawed_, ElementsAre("all clear|bob"));
  ended_.clear();
  status_.freezes.clear();
  EXPECT_EQ(post("/-/thaw", {{"reason", "again"}}).body, "there was no freeze by the API\n");
}

TEST_F(LifecycleTest, WhatIsNotSavedIsNoSuccess) {
  not_saved_ = "the disk is full";
  const Response frozen = post("/-/freeze", {{"reason", "stop"}});
  EXPECT_EQ(frozen.status, 503);
  EXPECT_THAT(frozen.body,
              AllOf(HasSubstr("writes are frozen until the freeze is removed: stop"),
                    HasSubstr("this could not be saved"), HasSubstr("forgets the freeze: "),
                    HasSubstr("the disk is full"), HasSubstr("safety.freeze")));
  EXPECT_THAT(frozen_, SizeIs(1));
  const Response thawed = post("/-/thaw", {{"reason", "go"}});
  EXPECT_EQ(thawed.status, 503);
  EXPECT_THAT(thawed.body, AllOf(HasSubstr("1 freeze has ended"),
                                 HasSubstr("forgets the thaw: the disk is full")));
}

TEST_F(LifecycleTest, AThawNamesWhatItEnds) {
  ended_ = {"incident (alice)", "year-end"};
  EXPECT_EQ(post("/-/thaw", {{"reason", "r"}, {"all", "true"}}).body,
            "2 freezes have ended\n  incident (alice)\n  year-end\n");
  post("/-/thaw", {{"reason", "r"}, {"by", "bob"}, {"freeze", "1234abcd"}, {"freeze", "year-end"}});
  EXPECT_THAT(thawed_, ElementsAre("r||all", "r|bob|1234abcd|year-end"));
  EXPECT_EQ(post("/-/thaw", {{"reason", "r"}, {"all", "yes"}}).status, 400);
  EXPECT_EQ(post("/-/thaw", {{"reason", "r"}, {"all", "true"}, {"freeze", "x"}}).status, 400);
  refusal_ = "2 freezes are in force";
  const Response refused = post("/-/thaw", {{"reason", "r"}});
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.body, "2 freezes are in force\n");
}

TEST_F(LifecycleTest, ADisabledEndpointSaysHowToEnableIt) {
  EndpointHooks hooks;
  routes_ = lifecycle_routes(board_, std::make_shared<const EndpointHooks>(std::move(hooks)),
                             {false, true, AllowedHosts("127.0.0.1", {})});
  const std::string restart =
      "this endpoint is disabled; set server.lifecycle: true in the settings and restart "
      "defenderd to enable it";
  const Response freeze = post("/-/freeze", {{"reason", "stop"}});
  EXPECT_EQ(freeze.status, 403);
  EXPECT_EQ(freeze.body, restart +
                             ". Without a restart: add an entry to safety.freeze in the "
                             "settings\n");
  EXPECT_EQ(post("/-/reload", {}).body, restart + "\n");
}

// A page of another site must not do it in an operator's browser.
TEST_F(LifecycleTest, OtherSitesCannot) {
  Request request{.method = "POST", .path = "/-/freeze", .query = {{"reason", "r"}}};
  request.headers = {{"Host", "10.0.0.1:8080"}, {"Origin", "http://evil.example"}};
  EXPECT_EQ(dispatch(routes_, request).status, 403);
  EXPECT_THAT(frozen_, IsEmpty());
}

TEST_F(LifecycleTest, NoAnswerHasASecret) {
  remember_secret(Secret("client~secret~of~4711"));
  ended_ = {"client~secret~of~4711 (alice)"};
  EXPECT_THAT(post("/-/thaw", {{"reason", "go"}}).body, HasSubstr("[redacted] (alice)"));
  EXPECT_THAT(post("/-/freeze", {{"reason", "x client~secret~of~4711"}}).body,
              HasSubstr("x [redacted]"));
  refusal_ = "lost client~secret~of~4711";
  EXPECT_THAT(post("/-/thaw", {{"reason", "go"}}).body, HasSubstr("lost [redacted]"));
  EXPECT_EQ(error_response(500, "/api/v1/status", refusal_).body,
            "{\"error\":\"lost [redacted]\"}");
}

}  // namespace
}  // namespace defenderd
