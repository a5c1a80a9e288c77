// The control over HTTP.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "armsim/control.h"
#include "armsim/simulator.h"
#include "armsim/test_client.h"

namespace armsim {
namespace {

class ControlTest : public testing::Test {
 protected:
  ControlTest() {
    EXPECT_TRUE(simulator_.start());
    client_ = std::make_unique<TestClient>(simulator_);
  }

  Answer call(const std::string& method, const std::string& path, const std::string& body = "") {
    return client_->send(method, "/_control/" + path, body);
  }

  Simulator simulator_{{.tls = Tls::None}};
  std::unique_ptr<TestClient> client_;
};

TEST_F(ControlTest, AddsChangesShowsAndRemovesSubscriptions) {
  EXPECT_EQ(call("PUT", "subscriptions/" + kSub,
                 R"({"name": "prod", "plan": "on", "extensions": {"AIPromptEvidence": "on"}})")
                .status,
            200);
  EXPECT_TRUE(simulator_.plan(kSub).has_on("AIPromptEvidence"));
  const Answer changed =
      call("POST", "subscriptions/" + kSub,
           R"({"extensions": {"aipromptevidence": null, "New": true}, "locked": "on"})");
  EXPECT_EQ(changed.json["name"], "prod") << "what is not named stays";
  EXPECT_EQ(changed.json["extensions"], nlohmann::json({{"New", "on"}}));
  EXPECT_TRUE(simulator_.subscription(kSub).locked);
  EXPECT_EQ(call("POST", "subscriptions/" + kSub, R"({"plan": false})").status, 200);
  EXPECT_FALSE(simulator_.plan(kSub).on);
  EXPECT_EQ(call("GET", "subscriptions").json["subscriptions"].size(), 1U);
  EXPECT_EQ(call("GET", "subscriptions/" + kSub).json["plan"], "off");
  EXPECT_EQ(call("DELETE", "subscriptions/" + kSub).status, 200);
  EXPECT_EQ(call("GET", "subscriptions/" + kSub).status, 400);
}

TEST_F(ControlTest, WhatItShowsItTakesBack) {
  Subscription subscription{.id = kSub, .name = "all of it", .tenant = kOther};
  subscription.state = "Warned";
  subscription.registration = Registration::Registering;
  subscription.registering_polls = 4;
  subscription.access = Access::Read;
  subscription.plan_offered = false;
  subscription.locked = true;
  subscription.denied_by_policy = true;
  subscription.plan.on = true;
  subscription.plan.extensions = {{"A", true}, {"B", false}};
  subscription.plan.enforce = "True";
  subscription.plan.properties = R"({"x":[1]})";
  subscription.failing_extensions = {{"A", "no role"}};
  subscription.other_plans["Arm"].on = true;
  simulator_.add(subscription);
  const std::string shown = call("GET", "subscriptions/" + kSub).body;
  simulator_.remove(kSub);
  EXPECT_EQ(call("PUT", "subscriptions/" + kSub, shown).status, 200);
  EXPECT_EQ(simulator_.subscription(kSub), subscription);
}

TEST_F(ControlTest, SaysWhatIsWrong) {
  simulator_.add({.id = kSub});
  struct Case {
    std::string method, path, body, message;
    int status = 400;
  };
  const std::string sub = "subscriptions/" + kSub;
  const std::vector<Case> cases = {
      {"POST", sub, "{", "the body is not a JSON object"},
      {"POST", sub, R"({"plam": "on"})", "unknown key 'plam', did you mean 'plan'?"},
      {"POST", sub, R"({"plan": 3})", "'plan' must be on or off, not 3"},
      {"POST", sub, R"({"extensions": {"A": "on"}})", "'extensions' need 'plan: on'"},
      {"POST", sub, R"({"state": "Gone"})",
       "'state' must be Enabled, Warned, PastDue, Disabled or Deleted, not \"Gone\""},
      {"POST", "subscriptions/" + kOther, "{}", "no subscription " + kOther},
      {"PUT", "subscriptions", "{}", "which one? /_control/subscriptions/{id}"},
      {"POST", "behaviour", R"({"list_merge": true})",
       "unknown behaviour 'list_merge', did you mean 'list_merges'?"},
      {"POST", "behaviour", R"({"latency": "soon"})",
       "behaviour latency must be a duration like 250ms or 1h, not 'soon'"},
      {"POST", "faults", R"({"kind": "bang"})", "unknown kind of fault \"bang\""},
      {"POST", "faults", R"({"probability": 2})",
       "'probability' must be a number from 0 to 1, not 2"},
      {"POST", "clock", R"({"advance": 5})", R"(expected {"advance": "10m"})"},
      {"GET", "requests?since=x", "", "since must be the sequence of a request, not 'x'"},
      {"GET", "requests?operation=sing", "", "unknown operation 'sing'"},
      {"GET", "counters?subscription=" + kOther, "", "no subscription " + kOther},
      {"GET", "nothing", "", "no such control: GET /_control/nothing", 404},
  };
  for (const Case& c : cases) {
    const Answer answer = call(c.method, c.path, c.body);
    EXPECT_EQ(answer.status, c.status) << c.message;
    EXPECT_EQ(answer.json.value("error", ""), c.message);
  }
  EXPECT_EQ(call("POST", "credentials", R"({"clientSecret": "x", "secret": "y"})").status, 400);
  client_->log_in();
  EXPECT_EQ(client_->get_plan().status, 200) << "nothing was changed";
}

TEST_F(ControlTest, InjectsFaults) {
  simulator_.add({.id = kSub});
  client_->log_in();
  EXPECT_EQ(call("POST", "faults",
                 R"({"operation": "read", "status": 429, "code": "TooManyRequests",
                     "retryAfter": 5, "times": 2, "subscription": ")" +
                     kSub + R"("})")
                .status,
            200);
  const Answer answer = client_->get_plan();
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.header("Retry-After"), "5");
  EXPECT_EQ(call("GET", "faults").json["faults"][0]["times"], 1);
  EXPECT_EQ(call("DELETE", "faults").json["faults"].size(), 0U);
  EXPECT_EQ(client_->get_plan().status, 200);
  call("POST", "faults", R"({"kind": "answer-after-effect", "operation": "write"})");
  EXPECT_EQ(client_->put_plan(plan_body("Standard")).status, 504) << "the default of its kind";
  EXPECT_TRUE(simulator_.plan(kSub).on);
}

TEST_F(ControlTest, ShowsAndForgetsTheLog) {
  simulator_.add({.id = kSub});
  client_->log_in();
  client_->get_plan();
  client_->put_plan(plan_body("Standard"));
  const Answer all = call("GET", "requests");
  EXPECT_EQ(all.json["requests"].size(), 3U);
  EXPECT_EQ(all.json["last"], 3);
  EXPECT_EQ(all.body.find("Sim~not"), std::string::npos);
  EXPECT_EQ(call("GET", "requests?since=2").json["requests"][0]["method"], "PUT");
  EXPECT_EQ(call("GET", "requests?operation=read").json["requests"].size(), 1U);
  EXPECT_EQ(call("GET", "requests?subscription=" + kSub).json["requests"].size(), 2U);
  EXPECT_EQ(call("GET", "counters").json["writesApplied"], 1);
  EXPECT_EQ(call("GET", "counters?subscription=" + kSub).json["byStatus"]["200"], 2);
  EXPECT_EQ(call("DELETE", "requests").status, 200);
  EXPECT_EQ(call("GET", "counters").json["requests"], 0);
}

TEST_F(ControlTest, MovesTheClockAndTheCredentials) {
  simulator_.add({.id = kSub});
  client_->log_in();
  EXPECT_EQ(call("POST", "clock", R"({"advance": "2h"})").status, 200);
  EXPECT_EQ(client_->get_plan().code(), "ExpiredAuthenticationToken");
  client_->log_in();
  EXPECT_EQ(client_->get_plan().status, 200);
  call("POST", "credentials", R"({"expireTokens": true, "clientSecret": "new", "imdsGone": 1})");
  EXPECT_EQ(client_->get_plan().status, 401);
  EXPECT_EQ(client_->ask_token(token_form()).status, 401);
  EXPECT_EQ(client_->send("GET", "/metadata/identity/oauth2/token").status, 410);
}

TEST_F(ControlTest, ChangesBehaviour) {
  EXPECT_EQ(call("POST", "behaviour",
                 R"({"list_merges": false, "put_status": 201, "latency": "5ms",
                     "read_bucket": "250/25", "default_extensions": "A=on,B=off",
                     "unregistered": "generic"})")
                .status,
            200);
  Behaviour expected;
  expected.list_merges = false;
  expected.put_status = 201;
  expected.latency = std::chrono::milliseconds(5);
  expected.read_bucket = {250, 25};
  expected.default_extensions = {{"A", true}, {"B", false}};
  expected.unregistered = Unregistered::ArmGeneric;
  EXPECT_EQ(simulator_.behaviour(), expected);
  const std::string shown = call("GET", "behaviour").body;
  simulator_.set_behaviour([](Behaviour& behaviour) { behaviour = {}; });
  EXPECT_EQ(call("POST", "behaviour", shown).status, 200);
  EXPECT_EQ(simulator_.behaviour(), expected) << "what it shows it takes back";
}

TEST(ControlHelpTest, FitsOnOneScreen) {
  std::size_t lines = 0;
  std::size_t column = 0;
  for (const char c : control_help()) {
    column = c == '\n' ? 0 : column + 1;
    lines += c == '\n' ? 1 : 0;
    ASSERT_LE(column, 100U);
  }
  EXPECT_LE(lines, 40U);
}

}  // namespace
}  // namespace armsim
