#include "arm/accounts_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "arm/account_json.h"
#include "support/fake_clock.h"
#include "support/sim_azure.h"

namespace defenderd {
namespace {

using armsim::Fault;
using armsim::FaultKind;
using armsim::Operation;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class AccountsClientTest : public testing::Test {
 protected:
  void add(unsigned n, std::vector<armsim::AiAccount> accounts) {
    azure_.add(n, [&](armsim::Subscription& it) { it.ai_accounts = std::move(accounts); });
  }
  // An account with a deployment for each policy.
  static armsim::AiAccount account(const std::string& name,
                                   const std::vector<std::string>& policies = {}) {
    armsim::AiAccount result;
    result.name = name;
    for (const std::string& policy : policies)
      result.deployment("gpt-" + policy).rai_policy = policy;
    return result;
  }
  AiAccount the_account(unsigned n, const std::string& name) const {
    return {"/subscriptions/" + guid(n) +
                "/resourceGroups/ai/providers/Microsoft.CognitiveServices/accounts/" + name,
            name};
  }
  ArmResult<InspectedAccount> inspect(unsigned n, const std::string& name, bool filters = true) {
    return client_.inspect(subscription_id(n), {}, the_account(n, name), filters, {});
  }
  ArmResult<std::vector<AiAccount>> list(unsigned n) {
    return client_.list(subscription_id(n), {}, {});
  }
  void deny(const std::string& what) {
    azure_.world().set_behaviour(
        [&](armsim::Behaviour& it) { it.denied_ai_reads = *armsim::parse_denied_reads(what); });
  }
  static std::vector<std::string> names(const ArmResult<std::vector<AiAccount>>& accounts) {
    std::vector<std::string> result;
    if (!accounts) return {accounts.error().message};
    for (const AiAccount& one : *accounts) result.push_back(one.name);
    return result;
  }

  FakeClock clock_;
  SimAzure azure_{clock_, SimAzure::plain()};
  GraphClient graph_{azure_.arm(), clock_};
  AccountsClient client_{azure_.arm(), graph_, *Origin::parse(azure_.world().base_url())};
};

TEST_F(AccountsClientTest, FindsTheAccountsOfManySubscriptionsByOneQuery) {
  armsim::AiAccount face = account("face");
  face.kind = "Face";
  add(1, {account("b"), account("a"), face});
  add(2, {});
  add(3, {account("c")});
  add(4, {account("not-asked-for")});
  const std::vector<SubscriptionId> asked{subscription_id(1), subscription_id(2),
                                          subscription_id(3)};
  const auto found = client_.find({}, asked, {});
  ASSERT_TRUE(found) << found.error().message;
  std::vector<std::string> seen;
  for (const OwnedAccount& one : *found)
    seen.push_back(one.subscription.text().substr(35) + one.account.name);
  EXPECT_THAT(seen, UnorderedElementsAre("1a", "1b", "3c"));
}

TEST_F(AccountsClientTest, ListsTwoHundredAccountsOverThreePages) {
  std::vector<armsim::AiAccount> accounts;
  for (int n = 0; n < 200; ++n) accounts.push_back(account("chat-" + std::to_string(n)));
  add(1, accounts);
  azure_.world().set_behaviour([](armsim::Behaviour& it) { it.account_page_size = 80; });
  const auto listed = list(1);
  ASSERT_TRUE(listed) << listed.error().message;
  EXPECT_THAT(*listed, SizeIs(200));
}

TEST_F(AccountsClientTest, AThrottledSecondPageIsThrottlingOfNothingElse) {
  add(1, {account("a"), account("b")});
  azure_.world().set_behaviour([](armsim::Behaviour& it) { it.account_page_size = 1; });
  azure_.world().inject(Fault::throttle(Operation::Accounts, "7").at(guid(1)).after_first(1));
  const auto listed = list(1);
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().reason, Reason::Throttled);
  EXPECT_EQ(listed.error().server_wait, std::chrono::seconds(7));
  EXPECT_LE(azure_.throttle().ready_at({}), clock_.steady_now() + std::chrono::seconds(1))
      << "the plans go on";
  EXPECT_THAT(names(list(1)), ElementsAre("a", "b"));
}

TEST_F(AccountsClientTest, WhereNoSuchAccountEverWasThereAreNone) {
  add(1, {});
  EXPECT_THAT(names(list(1)), IsEmpty());
  azure_.world().set_behaviour([](armsim::Behaviour& it) { it.accounts_unregistered = true; });
  EXPECT_THAT(names(list(1)), IsEmpty());
}

TEST_F(AccountsClientTest, JoinsDeploymentsWithTheirPolicies) {
  armsim::AiAccount chat = account("chat", {"lenient", "Microsoft.Nil", "Microsoft.DefaultV2"});
  chat.deployment("second").rai_policy = "LENIENT";
  chat.policy("lenient").filters = {{.name = "Jailbreak", .enabled = false, .blocking = false}};
  chat.policy("lenient").system_data.last_modified_by = "eve@contoso.com";
  armsim::Deployment& other = chat.deployment("other");
  other.model_format = "DeepSeek";
  other.rai_policy = "Microsoft.Nill";
  armsim::Deployment& paused = chat.deployment("paused");
  paused.rai_policy = "Microsoft.Nil";
  paused.deployment_state = "Paused";
  add(1, {chat});
  const auto inspected = inspect(1, "chat");
  ASSERT_TRUE(inspected) << inspected.error().message;
  EXPECT_EQ(inspected->defender, AccountSwitch::On);
  std::map<std::string, FilterVerdict> verdicts;
  for (const InspectedDeployment& one : inspected->deployments) verdicts[one.name] = one.verdict;
  EXPECT_EQ(verdicts, (std::map<std::string, FilterVerdict>{
                          {"gpt-lenient", FilterVerdict::OptedOut},
                          {"gpt-Microsoft.Nil", FilterVerdict::OptedOut},
                          {"gpt-Microsoft.DefaultV2", FilterVerdict::Shielded},
                          {"second", FilterVerdict::OptedOut},
                          {"other", FilterVerdict::NotApplicable},
                          {"paused", FilterVerdict::NotApplicable}}));
  for (const InspectedDeployment& one : inspected->deployments) {
    if (one.policy == "lenient") {
      EXPECT_EQ(one.modified.by, "eve@contoso.com");
    }
  }
}

TEST_F(AccountsClientTest, APolicyThatIsGoneWhileUsedIsUnknown) {
  add(1, {account("chat", {"gone"})});
  const auto inspected = inspect(1, "chat");
  ASSERT_TRUE(inspected);
  ASSERT_THAT(inspected->deployments, SizeIs(1));
  EXPECT_EQ(inspected->deployments[0].verdict, FilterVerdict::Unknown);
}

TEST_F(AccountsClientTest, ReadsTheAccountsOwnSwitch) {
  armsim::AiAccount chat = account("chat", {"Microsoft.Nil"});
  chat.defender.state = "Disabled";
  chat.defender.system_data.last_modified_by = "a-template";
  add(1, {chat});
  const auto inspected = inspect(1, "chat", false);
  ASSERT_TRUE(inspected);
  EXPECT_EQ(inspected->defender, AccountSwitch::Off);
  EXPECT_EQ(inspected->switched.by, "a-template");
  EXPECT_THAT(inspected->deployments, IsEmpty()) << "the filters were not asked for";
}

TEST_F(AccountsClientTest, AnAccountThatVanishedInBetweenSaysSo) {
  armsim::AiAccount chat = account("chat");
  chat.gone = true;
  add(1, {chat});
  EXPECT_THAT(names(list(1)), ElementsAre("chat"));
  for (const bool filters : {true, false}) {
    const auto inspected = inspect(1, "chat", filters);
    ASSERT_FALSE(inspected);
    EXPECT_EQ(inspected.error().http_status, 404);
  }
}

TEST_F(AccountsClientTest, WhatMayNotBeSeenIsNamedAndNoFailure) {
  add(1, {account("chat", {"Microsoft.Nil", "custom"})});
  const struct {
    const char* denied;
    const char* named;
  } cases[] = {
      {"defenderForAISettings", "Microsoft.CognitiveServices/accounts/defenderForAISettings/read"},
      {"deployments", "Microsoft.CognitiveServices/accounts/deployments/read"},
      {"raiPolicies", "Microsoft.CognitiveServices/accounts/raiPolicies/read"},
  };
  for (const auto& [denied, named] : cases) {
    deny(denied);
    const auto inspected = inspect(1, "chat");
    ASSERT_TRUE(inspected) << inspected.error().message;
    EXPECT_EQ(inspected->denied, named);
  }
  deny("accounts");
  const auto listed = list(1);
  ASSERT_FALSE(listed);
  EXPECT_THAT(listed.error().message,
              HasSubstr("grant it the action Microsoft.CognitiveServices/accounts/read"));
  EXPECT_EQ(listed.error().next, NextTry::Slow);
}

TEST_F(AccountsClientTest, ReadsWhetherAPlanIsOn) {
  azure_.add(1, [](armsim::Subscription& it) {
    it.plan.on = true;
    it.other_plans["CloudPosture"].on = false;
  });
  EXPECT_EQ(client_.plan_is_on(subscription_id(1), {}, "AI", {}).value(), true);
  EXPECT_EQ(client_.plan_is_on(subscription_id(1), {}, "CloudPosture", {}).value(), false);
}

TEST_F(AccountsClientTest, RubbishIsAFailureAndNoAnswer) {
  add(1, {account("chat", {"Microsoft.Nil"})});
  for (const char* const body :
       {"", "{", "[]", R"({"value":5})", R"({"value":[],"nextLink":"https://evil.example/x"})"}) {
    Fault fault = Fault::of(FaultKind::ReplaceBody, Operation::Accounts).repeated(1);
    fault.message = body;
    azure_.world().inject(fault);
    const auto listed = list(1);
    ASSERT_FALSE(listed) << body;
    EXPECT_EQ(listed.error().reason, Reason::MalformedAnswer) << body;
  }
  Fault fault = Fault::of(FaultKind::ReplaceBody, Operation::Accounts).repeated(1);
  fault.message = R"({"value":[7,null,[],{"id":null},{"kind":"OpenAI"}]})";
  azure_.world().inject(fault);
  EXPECT_THAT(names(list(1)), IsEmpty());
}

// As a cache in between gives it that mixes up its answers.
TEST_F(AccountsClientTest, AnAnswerAboutAnotherAccountIsAFailure) {
  add(1, {account("chat", {"Microsoft.Nil"})});
  const std::string other = the_account(1, "other").id;
  const std::string near = the_account(1, "chat-2").id;
  const std::string elsewhere = the_account(2, "chat").id;
  const struct {
    const char* description;
    Operation operation;
    std::string body;
    std::string said;
  } cases[] = {
      {"the switch", Operation::DefenderSettings,
       R"({"id":")" + other +
           R"(/defenderForAISettings/Default","properties":{"state":"Enabled"}})",
       "its id is '" + other + "/defenderForAISettings/Default' instead of '" +
           the_account(1, "chat").id + "/defenderForAISettings/Default'"},
      {"another setting", Operation::DefenderSettings,
       R"({"name":"Other","properties":{"state":"Enabled"}})",
       "its name is 'Other' instead of 'Default'"},
      {"deployments", Operation::Deployments,
       R"({"value":[{"ID":")" + other + R"(/deployments/gpt","name":"gpt"}]})",
       "the id of an item is '" + other + "/deployments/gpt', which is not below '" +
           the_account(1, "chat").id + "/deployments'"},
      {"those of an account whose name begins alike", Operation::Deployments,
       R"({"value":[{"id":")" + near + R"(/deployments/gpt","name":"gpt"}]})",
       "which is not below"},
      {"policies", Operation::RaiPolicies,
       R"({"value":[{"id":")" + elsewhere + R"(/raiPolicies/p","name":"p"}]})",
       "'" + elsewhere + "/raiPolicies/p', which is not below"},
      {"an id that is no text", Operation::RaiPolicies, R"({"value":[{"id":7,"name":"p"}]})",
       "'no text', which is not"},
  };
  for (const auto& [description, operation, body, said] : cases) {
    Fault fault = Fault::of(FaultKind::ReplaceBody, operation).repeated(1);
    fault.message = body;
    azure_.world().inject(fault);
    const auto inspected = inspect(1, "chat");
    ASSERT_FALSE(inspected) << description;
    EXPECT_EQ(inspected.error().reason, Reason::MalformedAnswer) << description;
    EXPECT_THAT(inspected.error().message, HasSubstr("not about the requested resource: "));
    EXPECT_THAT(inspected.error().message, HasSubstr(said)) << description;
    ASSERT_TRUE(inspect(1, "chat")) << "only that once";
  }
}

TEST_F(AccountsClientTest, AccountsOfAnotherSubscriptionAreAFailure) {
  add(1, {account("chat")});
  Fault fault = Fault::of(FaultKind::ReplaceBody, Operation::Accounts).repeated(1);
  fault.message = R"({"value":[{"id":")" + the_account(2, "x").id + R"(","kind":"OpenAI"}]})";
  azure_.world().inject(fault);
  const auto listed = list(1);
  ASSERT_FALSE(listed);
  EXPECT_THAT(listed.error().message,
              HasSubstr("'" + the_account(2, "x").id + "', which is not below '/subscriptions/" +
                        guid(1) + "'"));
}

TEST_F(AccountsClientTest, ThePlanOfAnotherSubscriptionIsAFailure) {
  azure_.add(1, [](armsim::Subscription& it) { it.plan.on = true; });
  Fault fault = Fault::of(FaultKind::ReplaceBody, Operation::Read).repeated(1);
  fault.message = R"({"id":"/subscriptions/)" + guid(2) +
                  R"(/providers/Microsoft.Security/pricings/AI","name":"AI",)"
                  R"("properties":{"pricingTier":"Free"}})";
  azure_.world().inject(fault);
  const auto on = client_.plan_is_on(subscription_id(1), {}, "AI", {});
  ASSERT_FALSE(on);
  EXPECT_THAT(on.error().message, HasSubstr("not about the requested resource: its id is"));
}

TEST(AccountPlace, IsOnlyWhatMayStandInARequest) {
  const std::string start = "/subscriptions/" + guid(1) + "/resourceGroups/";
  const std::string middle = "/providers/Microsoft.CognitiveServices/accounts/";
  EXPECT_EQ(place_of_account(start + "ai" + middle + "chat")->path, start + "ai" + middle + "chat");
  const auto odd = place_of_account("/SUBSCRIPTIONS/" + guid(1) + "/resourcegroups/Ai_(x).y" +
                                    "/Providers/MICROSOFT.cognitiveservices/Accounts/Chat-1");
  ASSERT_TRUE(odd) << "case does not matter";
  EXPECT_EQ(odd->path, start + "Ai_(x).y" + middle + "Chat-1");
  for (const std::string& id : std::vector<std::string>{
           "", "/", start, start + "ai" + middle, start + "ai" + middle + "a/b",
           start + "a b" + middle + "chat", start + "ai?x" + middle + "chat",
           start + "ai" + middle + "ch%61t", start + "ai" + middle + "..\\x",
           "/subscriptions/x/resourceGroups/ai" + middle + "chat",
           start + "ai/providers/Microsoft.Compute/accounts/chat",
           start + std::string(200, 'a') + middle + "chat",
           "https://evil.example" + start + "ai" + middle + "chat"}) {
    EXPECT_EQ(place_of_account(id).has_value(), false) << id;
  }
}

}  // namespace
}  // namespace defenderd
