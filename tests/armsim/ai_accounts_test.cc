// AI accounts and what hangs on them, as a client reads them on the wire.

#include <gmock/gmock.h>

#include "armsim/ai_test.h"

namespace armsim {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(AiTest, AnAccountReadsAsAzureShowsIt) {
  add({.resource_group = "Prod-RG",
       .name = "chat",
       .kind = "OpenAI",
       .capabilities = {{"ContentLogging", "false"}, {"VirtualNetworks", ""}},
       .properties = R"({"disableLocalAuth":true})"});
  const Answer answer = get(path_of("chat", "Prod-RG"));
  ASSERT_EQ(answer.status, 200) << answer.body;
  const json& account = answer.json;
  EXPECT_EQ(account["id"], path_of("chat", "Prod-RG"));
  EXPECT_EQ(account["name"], "chat");
  EXPECT_EQ(account["type"], "Microsoft.CognitiveServices/accounts");
  EXPECT_EQ(account["kind"], "OpenAI");
  EXPECT_EQ(account["location"], "swedencentral");
  EXPECT_EQ(account["sku"], json({{"name", "S0"}}));
  EXPECT_EQ(account["systemData"]["lastModifiedByType"], "User");
  EXPECT_EQ(account["properties"]["provisioningState"], "Succeeded");
  EXPECT_EQ(account["properties"]["disableLocalAuth"], true);
  EXPECT_EQ(account["properties"]["capabilities"],
            json::array(
                {{{"name", "ContentLogging"}, {"value", "false"}}, {{"name", "VirtualNetworks"}}}));
  EXPECT_EQ(get(list_path()).json["value"], json::array({account}));
}

TEST_F(AiTest, ADeploymentReadsAsAzureShowsIt) {
  AiAccount account{.name = "chat"};
  account.deployment("gpt").rai_policy = "lenient";
  account.deployment("empty") = {.name = "empty", .deployment_state = "", .rai_policy = ""};
  account.deployment("empty").system_data = SystemData::none();
  add(account);
  const json list = get(path_of("chat") + "/deployments").json["value"];
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0]["id"], path_of("chat") + "/deployments/gpt");
  EXPECT_EQ(list[0]["type"], "Microsoft.CognitiveServices/accounts/deployments");
  EXPECT_EQ(list[0]["sku"], json({{"name", "GlobalStandard"}, {"capacity", 50}}));
  EXPECT_EQ(list[0]["properties"],
            json({{"model", {{"format", "OpenAI"}, {"name", "gpt-4.1"}, {"version", "2025-04-14"}}},
                  {"currentCapacity", 50},
                  {"provisioningState", "Succeeded"},
                  {"raiPolicyName", "lenient"},
                  {"capabilities", {{"chatCompletion", "true"}}}}));
  EXPECT_FALSE(list[1]["properties"].contains("raiPolicyName"));
  EXPECT_FALSE(list[1].contains("systemData"));
  EXPECT_EQ(get(path_of("chat") + "/deployments/GPT").json, list[0]);
}

TEST_F(AiTest, SystemPoliciesAreThereUnasked) {
  AiAccount account{.name = "chat"};
  account.policy("lenient").filters = {
      {.name = "Hate", .severity_threshold = "High"},
      {.name = "Jailbreak", .enabled = false, .blocking = false},
      {.name = "Bare", .source = "", .enabled = std::nullopt, .blocking = std::nullopt}};
  add(account);
  const std::string path = path_of("chat") + "/raiPolicies";
  EXPECT_THAT(names(path), ElementsAre("Microsoft.Default", "Microsoft.DefaultV2", "lenient"));
  const json lenient = get(path + "/Lenient").json;
  EXPECT_EQ(
      lenient["properties"],
      json(
          {{"type", "UserManaged"},
           {"mode", "Default"},
           {"basePolicyName", "Microsoft.DefaultV2"},
           {"contentFilters",
            {{{"name", "Hate"},
              {"source", "Prompt"},
              {"enabled", true},
              {"blocking", true},
              {"severityThreshold", "High"}},
             {{"name", "Jailbreak"}, {"source", "Prompt"}, {"enabled", false}, {"blocking", false}},
             {{"name", "Bare"}}}}}));
  EXPECT_EQ(lenient["systemData"]["createdBy"], "owner@contoso.com");
  const json system = get(path + "/Microsoft.Default").json;
  EXPECT_EQ(system["properties"]["type"], "SystemManaged");
  EXPECT_FALSE(system.contains("systemData"));
  change_account("chat", [](AiAccount& it) {
    it.policy("microsoft.default") = {.name = "Microsoft.Default", .type = "SystemManaged"};
  });
  EXPECT_THAT(names(path), ElementsAre("Microsoft.DefaultV2", "lenient", "Microsoft.Default"));
  change_account("chat", [](AiAccount& it) {
    it.system_policies = false;
    it.policies.clear();
  });
  EXPECT_THAT(names(path), IsEmpty());
}

TEST_F(AiTest, FiltersAreSpeltInSeveralWays) {
  add({.name = "chat"});
  const auto spelled = [&](const std::string& policy) {
    std::set<std::string> result;
    const json answer = get(path_of("chat") + "/raiPolicies/" + policy).json;
    for (const json& filter : answer["properties"]["contentFilters"]) result.insert(filter["name"]);
    return result;
  };
  EXPECT_TRUE(spelled("Microsoft.DefaultV2").contains("Indirect Attack"));
  flip("filter_names", "snake");
  EXPECT_TRUE(spelled("Microsoft.DefaultV2").contains("indirect_attack"));
  EXPECT_TRUE(spelled("Microsoft.DefaultV2").contains("jailbreak"));
  flip("filter_names", "joined");
  EXPECT_TRUE(spelled("Microsoft.DefaultV2").contains("IndirectAttack"));
  EXPECT_TRUE(spelled("Microsoft.Default").contains("Jailbreak"));
  flip("default_policy_shields", "false");
  EXPECT_FALSE(spelled("Microsoft.Default").contains("Jailbreak"));
  EXPECT_TRUE(spelled("Microsoft.DefaultV2").contains("Jailbreak"));
}

TEST_F(AiTest, DefendersSwitchIsThereFromBirth) {
  add({.name = "chat"});
  const std::string path = path_of("chat") + "/defenderForAISettings";
  const json setting = get(path + "/default").json;
  EXPECT_EQ(setting["id"], path + "/Default");
  EXPECT_EQ(setting["type"], "Microsoft.CognitiveServices/accounts/defenderForAISettings");
  EXPECT_EQ(setting["properties"], json({{"state", "Enabled"}}));
  EXPECT_EQ(setting["systemData"]["lastModifiedBy"], "owner@contoso.com");
  EXPECT_EQ(get(path).json, json({{"value", {setting}}}));
  change_account("chat", [](AiAccount& it) { it.defender.state = "Disabled"; });
  const json changed = get(path + "/Default").json;
  EXPECT_EQ(changed["properties"]["state"], "Disabled");
  EXPECT_NE(changed["etag"], setting["etag"]);
  change_account("chat", [](AiAccount& it) { it.defender.etag = "\"7\""; });
  EXPECT_EQ(get(path + "/Default").json["etag"], "\"7\"");
}

TEST_F(AiTest, PathsAreReadWithoutCase) {
  add({.resource_group = "Prod-RG", .name = "Chat"});
  const Answer answer = get("/SUBSCRIPTIONS/" + kSub +
                            "/resourcegroups/PROD-rg/providers/microsoft.cognitiveservices/"
                            "Accounts/CHAT/DefenderForAiSettings/DEFAULT");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json["id"], path_of("Chat", "Prod-RG") + "/defenderForAISettings/Default");
  flip("lower_case_ids", "true");
  const Answer lower = get(path_of("Chat", "Prod-RG"));
  EXPECT_EQ(lower.json["type"], "microsoft.cognitiveservices/accounts");
  EXPECT_EQ(lower.json["id"], "/subscriptions/" + kSub +
                                  "/resourceGroups/prod-rg/providers/"
                                  "microsoft.cognitiveservices/accounts/Chat");
}

TEST_F(AiTest, ListsComeInPages) {
  std::vector<std::string> expected;
  for (int n = 100; n < 107; ++n) {
    AiAccount account{.resource_group = n < 103 ? "a (test)" : "b",
                      .name = "account-" + std::to_string(n)};
    for (const char* const deployment : {"one", "two", "three", "four"})
      account.deployment(deployment);
    expected.push_back(account.name);
    add(account);
  }
  flip("account_page_size", "3");
  EXPECT_EQ(names(list_path()), expected);
  EXPECT_EQ(simulator_.counters().ai_reads, 3U);
  const std::string group = path_of("account-100", "a%20(TEST)");
  EXPECT_THAT(names(group + "/deployments"), ElementsAre("one", "two", "three", "four"));
  EXPECT_THAT(names(group.substr(0, group.rfind('/'))),
              ElementsAre("account-100", "account-101", "account-102"));
  EXPECT_EQ(
      client_->send("GET", list_path() + "?api-version=2024-10-01&$skiptoken=nonsense").code(),
      "InvalidSkipToken");
}

TEST_F(AiTest, OlderVersionsKnowAccountsAndDeployments) {
  add({.name = "chat"});
  struct Case {
    std::string path;
    std::string version;
    int status;
  };
  const std::vector<Case> cases = {
      {list_path(), "2022-12-01", 200},
      {list_path(), "2026-05-01", 200},
      {path_of("chat") + "/deployments", "2023-05-01", 200},
      {path_of("chat") + "/raiPolicies", "2023-05-01", 400},
      {path_of("chat") + "/raiPolicies", "2025-06-01", 200},
      {path_of("chat") + "/defenderForAISettings", "2023-05-01", 400},
      {path_of("chat") + "/defenderForAISettings/Default", "2026-03-01", 200},
      {list_path(), "2024-10-02", 400},
  };
  for (const Case& c : cases)
    EXPECT_EQ(get(c.path, c.version).status, c.status) << c.path << " " << c.version;
  EXPECT_EQ(get(list_path(), "2024-10-02").code(), "NoRegisteredProviderFound");
  EXPECT_EQ(client_->send("GET", list_path()).code(), "MissingApiVersionParameter");
}

TEST_F(AiTest, NewerMembersComeWithNewerVersions) {
  AiAccount account{.name = "chat"};
  account.deployment("gpt").deployment_state = "Paused";
  account.deployment("stateless").deployment_state = "";
  account.policy("agents").filters = {
      {.name = "Jailbreak", .source = "PreToolCall", .action = "HITL"}};
  add(account);
  const auto deployment = [&](const std::string& name, const std::string& version) {
    return get(path_of("chat") + "/deployments/" + name, version).json["properties"];
  };
  const auto filter = [&](const std::string& version) {
    const json policy = get(path_of("chat") + "/raiPolicies/agents", version).json;
    return policy["properties"]["contentFilters"][0];
  };
  EXPECT_FALSE(deployment("gpt", "2024-10-01").contains("deploymentState"));
  EXPECT_FALSE(deployment("gpt", "2025-09-01").contains("deploymentState"));
  EXPECT_EQ(deployment("gpt", "2025-12-01")["deploymentState"], "Paused");
  EXPECT_FALSE(deployment("stateless", "2025-12-01").contains("deploymentState"));
  EXPECT_FALSE(filter("2024-10-01").contains("action"));
  EXPECT_EQ(filter("2025-12-01")["action"], "HITL");
  const auto etag = [&](const std::string& version) {
    return get(path_of("chat") + "/deployments/gpt", version).json["etag"].get<std::string>();
  };
  const std::string paused = etag("2024-10-01");
  EXPECT_EQ(etag("2025-12-01"), paused);
  change_account("chat", [](AiAccount& it) { it.deployment("gpt").deployment_state = "Running"; });
  EXPECT_NE(etag("2024-10-01"), paused);
  change_account("chat", [](AiAccount& it) { it.deployment("gpt").deployment_state = "Paused"; });
  flip("old_versions_show_state", "true");
  EXPECT_EQ(deployment("gpt", "2024-10-01")["deploymentState"], "Paused");
  EXPECT_FALSE(filter("2024-10-01").contains("action"));
}

TEST_F(AiTest, ReadsCanLagBehind) {
  add({.name = "chat"});
  flip("read_lag", "14s");
  clock_.advance(std::chrono::minutes(1));
  change_account("chat", [](AiAccount& it) { it.defender.state = "Disabled"; });
  const auto state = [&] {
    return get(path_of("chat") + "/defenderForAISettings/Default").json["properties"]["state"];
  };
  EXPECT_EQ(state(), "Enabled");
  clock_.advance(std::chrono::seconds(14));
  EXPECT_EQ(state(), "Disabled");
}

}  // namespace
}  // namespace armsim
