// What a change of AI accounts leaves behind: systemData, events, and the switch that goes with the
// plan.

#include <gmock/gmock.h>

#include "armsim/ai_test.h"

namespace armsim {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

class AiChangeTest : public AiTest {
 protected:
  AiChangeTest() {
    AiAccount account{.name = "chat"};
    account.deployment("gpt");
    account.policy("lenient");
    add(account);
    flip("activity_lag", "0s");
  }

  // "operation resource" of the ends, the oldest first; of one resource group or of all.
  std::vector<std::string> events(const std::string& more = "") {
    const Answer answer = client_->send(
        "GET",
        "/subscriptions/" + kSub +
            "/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01"
            "&$filter=eventTimestamp%20ge%20'2020-01-01T00:00:00Z'%20and%20eventTimestamp%20le"
            "%20'2100-01-01T00:00:00Z'" +
            more);
    EXPECT_EQ(answer.status, 200) << answer.body;
    std::vector<std::string> result;
    for (const json& event : answer.json.value("value", json::array())) {
      if (event["eventName"]["value"] != "EndRequest") continue;
      const auto id = event["resourceId"].get<std::string>();
      EXPECT_EQ(event["resourceGroupName"], id.find("/ai/") == std::string::npos ? "" : "ai");
      result.insert(result.begin(), event["operationName"]["value"].get<std::string>() + " " +
                                        id.substr(id.rfind('/') + 1));
    }
    return result;
  }
};

TEST_F(AiChangeTest, WhoChangedItIsInSystemDataAndInTheLog) {
  clock_.advance(std::chrono::minutes(10));
  change_account(
      "chat",
      [](AiAccount& it) {
        it.policy("lenient").mode = "Deferred";
        it.policy("new");
        it.deployment("gpt").rai_policy = "new";
        it.defender.state = "Disabled";
      },
      Caller::user("alice@contoso.com"));
  const AiAccount account = simulator_.subscription(kSub).account("chat");
  const std::string now = account.policies[0].system_data.last_modified_at;
  for (const SystemData& data :
       {account.policies[0].system_data, account.deployments[0].system_data,
        account.policies[1].system_data, account.defender.system_data}) {
    EXPECT_EQ(data.last_modified_by, "alice@contoso.com");
    EXPECT_EQ(data.last_modified_by_type, "User");
    EXPECT_EQ(data.last_modified_at, now);
  }
  EXPECT_EQ(account.policies[0].system_data.created_by, "owner@contoso.com");
  EXPECT_EQ(account.policies[1].system_data.created_by, "alice@contoso.com");
  EXPECT_EQ(account.system_data, SystemData()) << "the account itself was not written";
  const std::string prefix = "Microsoft.CognitiveServices/accounts/";
  EXPECT_THAT(events(),
              ElementsAre(prefix + "deployments/write gpt", prefix + "raiPolicies/write lenient",
                          prefix + "raiPolicies/write new",
                          prefix + "defenderForAISettings/write Default"));
  EXPECT_EQ(events("%20and%20resourceGroupName%20eq%20'AI'").size(), 4U);
  EXPECT_THAT(events("%20and%20resourceProvider%20eq%20'Microsoft.Security'"), IsEmpty());
}

TEST_F(AiChangeTest, AnApplicationIsOne) {
  const std::string app = "5a1e0000-0000-4000-8000-000000000001";
  simulator_.update(
      kSub,
      [](Subscription& it) {
        it.account("chat").policies.clear();
        it.ai_accounts.push_back({.name = "second"});
        it.plan.on = true;
      },
      Caller::application(app));
  const SystemData data = simulator_.subscription(kSub).account("second").system_data;
  EXPECT_EQ(data.created_by, app);
  EXPECT_EQ(data.last_modified_by_type, "Application");
  const std::string accounts = "Microsoft.CognitiveServices/accounts/";
  EXPECT_THAT(events(),
              ElementsAre(accounts + "raiPolicies/delete lenient", accounts + "write second",
                          "Microsoft.Security/pricings/write AI"));
}

TEST_F(AiChangeTest, WhatTheChangeSaysItselfStays) {
  change_account(
      "chat",
      [](AiAccount& it) {
        it.defender.state = "Disabled";
        it.defender.system_data.last_modified_by = "bob@contoso.com";
      },
      Caller::user("alice@contoso.com"));
  EXPECT_EQ(simulator_.subscription(kSub).account("chat").defender.system_data.last_modified_by,
            "bob@contoso.com");
  change_account("chat", [](AiAccount& it) { it.kind = "OpenAI"; });
  EXPECT_EQ(simulator_.subscription(kSub).account("chat").system_data, SystemData())
      << "the service leaves no trace";
  EXPECT_EQ(events().size(), 1U);
}

TEST_F(AiChangeTest, TheSwitchFollowsThePlanOnlyIfAsked) {
  const auto state = [&] { return simulator_.subscription(kSub).account("chat").defender.state; };
  const auto put = [&](const std::string& tier) {
    clock_.advance(std::chrono::minutes(1));
    EXPECT_EQ(client_->put_plan(plan_body(tier)).status, 200);
  };
  put("Standard");
  put("Free");
  EXPECT_EQ(state(), "Enabled");
  flip("setting_follows_plan", "true");
  put("Free");
  EXPECT_EQ(state(), "Enabled") << "the plan was off before";
  put("Standard");
  put("Free");
  EXPECT_EQ(state(), "Disabled");
  const SystemData data = simulator_.subscription(kSub).account("chat").defender.system_data;
  EXPECT_EQ(data.last_modified_by_type, "Application");
  put("Standard");
  EXPECT_EQ(state(), "Enabled");
  change_account("chat", [](AiAccount& it) { it.defender.state = "Disabled"; });
  put("Standard");
  EXPECT_EQ(state(), "Disabled") << "the plan was on before";
  simulator_.update(kSub, [](Subscription& it) { it.plan.on = false; });
  simulator_.update(kSub, [](Subscription& it) { it.plan.on = true; });
  EXPECT_EQ(state(), "Enabled") << "whoever switched it";
}

TEST_F(AiChangeTest, CoverageCanCountTheSettings) {
  simulator_.update(kSub, [](Subscription& it) { it.plan.on = true; });
  const auto coverage = [&](const std::string& plan) {
    return client_->get_plan(kSub, plan)
        .json["properties"]["resourcesCoverageStatus"]
        .get<std::string>();
  };
  change_account("chat", [](AiAccount& it) { it.defender.state = "Disabled"; });
  EXPECT_EQ(coverage("AI"), "FullyCovered");
  flip("coverage_counts_settings", "true");
  EXPECT_EQ(coverage("AI"), "PartiallyCovered");
  EXPECT_EQ(coverage("Arm"), "NotCovered");
  change_account("chat", [](AiAccount& it) { it.defender.state = "Enabled"; });
  EXPECT_EQ(coverage("AI"), "FullyCovered");
}

}  // namespace
}  // namespace armsim
