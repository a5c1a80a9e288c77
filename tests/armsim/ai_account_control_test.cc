// AI accounts over the control and in the state file.

#include <gmock/gmock.h>

#include "armsim/ai_test.h"
#include "armsim/state_file.h"
#include "armsim/temp_directory.h"

namespace armsim {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class AiControlTest : public AiTest {
 protected:
  Answer post(const std::string& body) {
    return client_->send("POST", "/_control/subscriptions/" + kSub, body);
  }
};

TEST_F(AiControlTest, ChangesWhatItNamesAndLeavesTheRest) {
  const Answer made = post(R"({"aiAccounts": {"prod/chat": {
      "kind": "OpenAI", "capabilities": {"ContentLogging": "false"},
      "deployments": {"gpt": {"raiPolicyName": "lenient", "model": {"name": "gpt-5"}}, "old": {}},
      "raiPolicies": {"lenient": {"contentFilters": [
          {"name": "Jailbreak", "enabled": false, "blocking": null}]}},
      "defenderForAISettings": {"state": "Disabled"}}, "vision": {}}})");
  ASSERT_EQ(made.status, 200) << made.body;
  const AiAccount chat = simulator_.subscription(kSub).account("chat");
  AiAccount expected{.resource_group = "prod", .name = "chat", .kind = "OpenAI"};
  expected.capabilities = {{"ContentLogging", "false"}};
  expected.deployment("gpt").rai_policy = "lenient";
  expected.deployment("gpt").model_name = "gpt-5";
  expected.deployment("old");
  expected.policy("lenient").filters = {
      {.name = "Jailbreak", .enabled = false, .blocking = std::nullopt}};
  expected.defender.state = "Disabled";
  EXPECT_EQ(chat, expected);
  EXPECT_EQ(simulator_.subscription(kSub).account("vision").resource_group, "ai");

  ASSERT_EQ(post(R"({"aiAccounts": {"CHAT": {"deployments": {"OLD": null,
                     "gpt": {"deploymentState": "Paused"}}}, "ai/vision": null}})")
                .status,
            200);
  expected.deployments.pop_back();
  expected.deployment("gpt").deployment_state = "Paused";
  EXPECT_EQ(simulator_.subscription(kSub).ai_accounts, std::vector<AiAccount>{expected});
}

TEST_F(AiControlTest, WhatItShowsItTakesBack) {
  AiAccount account{.resource_group = "prod", .name = "chat", .properties = R"({"x":[1]})"};
  account.gone = true;
  account.system_policies = false;
  account.system_data = SystemData::none();
  account.deployment("gpt").properties = R"({"y":2})";
  account.policy("lenient").filters = {{.name = "Hate", .severity_threshold = "High"},
                                       {.name = "Jailbreak", .enabled = std::nullopt}};
  account.policy("lenient").etag = "\"1\"";
  simulator_.update(kSub, [&](Subscription& it) {
    it.ai_accounts = {account, {.name = "second"}};
    it.ai_registered = false;
    it.denied_ai_reads = {"deployments", "raiPolicies"};
  });
  const Subscription before = simulator_.subscription(kSub);
  const std::string shown = client_->send("GET", "/_control/subscriptions/" + kSub).body;
  simulator_.remove(kSub);
  EXPECT_EQ(client_->send("PUT", "/_control/subscriptions/" + kSub, shown).status, 200);
  EXPECT_EQ(simulator_.subscription(kSub), before);
}

TEST_F(AiControlTest, SaysWhatIsWrong) {
  struct Case {
    std::string body;
    std::string message;
  };
  const std::vector<Case> cases = {
      {R"({"aiAccount": {}})", "unknown key 'aiAccount', did you mean 'aiAccounts'?"},
      {R"({"aiAccounts": []})", "aiAccounts: expected an object of names"},
      {R"({"aiAccounts": {"a/b/c": {}}})",
       "aiAccounts: an account is named group/name, not 'a/b/c'"},
      {R"({"aiAccounts": {"a/b": {"kinds": 1}}})",
       "aiAccounts: a/b: unknown key 'kinds', did you mean 'kind'?"},
      {R"({"aiAccounts": {"a/b": {"kind": 1}}})", "aiAccounts: a/b: 'kind' must be text, not 1"},
      {R"({"aiAccounts": {"a/b": {"deployments": {"gpt": {"modell": {}}}}}})",
       "aiAccounts: a/b: deployments: gpt: unknown key 'modell', did you mean 'model'?"},
      {R"({"aiAccounts": {"a/b": {"deployments": {"gpt": {"model": {"nam": ""}}}}}})",
       "aiAccounts: a/b: deployments: gpt: model: unknown key 'nam', did you mean 'name'?"},
      {R"({"aiAccounts": {"a/b": {"raiPolicies": {"p": {"contentFilters": {}}}}}})",
       "aiAccounts: a/b: raiPolicies: p: contentFilters: expected a list of filters"},
      {R"({"aiAccounts": {"a/b": {"raiPolicies": {"p": {"contentFilters": [{"on": 1}]}}}}})",
       "aiAccounts: a/b: raiPolicies: p: contentFilters: unknown key 'on'"},
      {R"({"aiAccounts": {"a/b": {"defenderForAISettings": {"stat": "x"}}}})",
       "aiAccounts: a/b: defenderForAISettings: unknown key 'stat', did you mean 'state'?"},
      {R"({"deniedAiReads": "everything"})",
       "'deniedAiReads' must be none, all, or some of "
       "accounts,deployments,raiPolicies,defenderForAISettings, not \"everything\""},
  };
  for (const Case& c : cases) {
    const Answer answer = post(c.body);
    EXPECT_EQ(answer.status, 400) << c.body;
    EXPECT_EQ(answer.json.value("error", ""), c.message);
  }
  EXPECT_TRUE(simulator_.subscription(kSub).ai_accounts.empty()) << "nothing was changed";
}

TEST_F(AiControlTest, FaultsAndSwitches) {
  add({.name = "chat"});
  ASSERT_EQ(client_
                ->send("POST", "/_control/faults",
                       R"({"operation": "rai-policies", "status": 503, "after": 1})")
                .status,
            200);
  EXPECT_EQ(get(path_of("chat") + "/raiPolicies").status, 200);
  EXPECT_EQ(get(path_of("chat") + "/raiPolicies").status, 503);
  const Answer behaviour =
      client_->send("POST", "/_control/behaviour", R"({"denied_ai_reads": "deployments"})");
  EXPECT_EQ(behaviour.json["denied_ai_reads"], "deployments");
  EXPECT_EQ(get(path_of("chat") + "/deployments").status, 403);
  EXPECT_THAT(client_->send("POST", "/_control/behaviour", R"({"denied_ai_reads": "x"})").body,
              HasSubstr("behaviour denied_ai_reads must be none, all, or some of"));
  EXPECT_EQ(client_->send("GET", "/_control/counters").json["aiReads"], 3);
}

TEST(AiStateFileTest, HasAccounts) {
  const TempDirectory directory;
  const std::string file = directory.write("state.yaml", "subscriptions:\n- id: " + kSub + R"(
  aiAccounts:
    prod/chat:
      capabilities: {ContentLogging: 'false'}
      deployments: {gpt: {capacity: 7}}
      raiPolicies: {p: {contentFilters: [{name: Jailbreak, enabled: false}]}}
      defenderForAISettings: {state: Disabled}
)");
  const auto state = read_state(file);
  ASSERT_TRUE(state) << state.error().message;
  const AiAccount& account = state->front().account("chat");
  EXPECT_EQ(account.capabilities.at("ContentLogging"), "false");
  EXPECT_EQ(account.deployments.front().capacity, 7);
  EXPECT_EQ(account.policies.front().filters.front().enabled, false);
  EXPECT_EQ(account.defender.state, "Disabled");
}

}  // namespace
}  // namespace armsim
