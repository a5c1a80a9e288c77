// What a read of AI accounts is refused for, and the faults that hit it.

#include <gmock/gmock.h>

#include <map>

#include "armsim/ai_test.h"
#include "armsim/fault_mix.h"

namespace armsim {
namespace {

using testing::HasSubstr;

class AiRefusalsTest : public AiTest {
 protected:
  AiRefusalsTest() { add({.name = "chat"}); }
  static std::vector<std::string> paths() {
    return {list_path(), path_of("chat"), path_of("chat") + "/deployments",
            path_of("chat") + "/raiPolicies", path_of("chat") + "/defenderForAISettings/Default"};
  }
};

TEST_F(AiRefusalsTest, WhatIsNotThere) {
  struct Case {
    std::string path;
    std::string code;
    std::string message;
  };
  const std::vector<Case> cases = {
      {path_of("nothing"), "ResourceNotFound",
       "The Resource 'Microsoft.CognitiveServices/accounts/nothing' under resource group 'ai' was "
       "not found."},
      {path_of("nothing") + "/deployments", "ResourceNotFound", "accounts/nothing'"},
      {path_of("chat") + "/raiPolicies/nothing", "ResourceNotFound",
       "accounts/chat/raiPolicies/nothing'"},
      {path_of("chat") + "/deployments/nothing", "ResourceNotFound", "deployments/nothing'"},
      {path_of("chat") + "/defenderForAISettings/Other", "ResourceNotFound", "Other'"},
      {path_of("chat", "nowhere"), "ResourceGroupNotFound",
       "Resource group 'nowhere' could not be found."},
      {path_of("chat", "nowhere") + "/raiPolicies", "ResourceGroupNotFound", "'nowhere'"},
  };
  for (const Case& c : cases) {
    const Answer answer = get(c.path);
    EXPECT_EQ(answer.status, 404) << c.path;
    EXPECT_EQ(answer.code(), c.code) << c.path;
    EXPECT_THAT(answer.message(), HasSubstr(c.message)) << c.path;
  }
  EXPECT_EQ(get(path_of("chat") + "/toasters").code(), "MissingSubscription");
  EXPECT_EQ(client_->send("PUT", path_of("chat") + "?api-version=2024-10-01", "{}").status, 405);
}

TEST_F(AiRefusalsTest, AnAccountCanVanishAfterTheList) {
  change_account("chat", [](AiAccount& it) { it.gone = true; });
  EXPECT_THAT(names(list_path()), testing::ElementsAre("chat"));
  for (const std::string& path : paths()) {
    EXPECT_EQ(get(path).code(), path == list_path() ? "" : "ResourceNotFound") << path;
  }
}

TEST_F(AiRefusalsTest, RightsCanMissAltogetherOrByAction) {
  simulator_.add({.id = kOther, .ai_accounts = {{.name = "chat"}}});
  flip("denied_ai_reads", "all");
  for (const std::string& path : paths()) {
    const Answer answer = get(path);
    EXPECT_EQ(answer.status, 403) << path;
    EXPECT_EQ(answer.code(), "AuthorizationFailed") << path;
    EXPECT_THAT(answer.message(),
                HasSubstr("perform action 'Microsoft.CognitiveServices/accounts"));
  }
  EXPECT_EQ(client_->get_plan().status, 200) << "as Security Admin";
  flip("denied_ai_reads", "raiPolicies");
  EXPECT_EQ(get(list_path()).status, 200);
  EXPECT_EQ(get(path_of("chat") + "/deployments").status, 200);
  const Answer refused = get(path_of("chat") + "/raiPolicies");
  EXPECT_THAT(refused.message(),
              HasSubstr("perform action 'Microsoft.CognitiveServices/accounts/raiPolicies/read' "
                        "over scope '" +
                        path_of("chat") + "'"));
  flip("denied_ai_reads", "none");
  simulator_.update(kSub, [](Subscription& it) { it.denied_ai_reads = {"accounts"}; });
  EXPECT_EQ(get(list_path()).status, 403);
  EXPECT_EQ(
      get("/subscriptions/" + kOther + "/providers/Microsoft.CognitiveServices/accounts").status,
      200);
  simulator_.update(kSub, [](Subscription& it) { it.access = Access::None; });
  EXPECT_EQ(get(path_of("chat") + "/deployments").status, 403);
}

TEST_F(AiRefusalsTest, AProviderThatWasNeverRegistered) {
  simulator_.add({.id = kOther});
  const std::string other =
      "/subscriptions/" + kOther + "/providers/Microsoft.CognitiveServices/accounts";
  EXPECT_EQ(get(other).json, nlohmann::json({{"value", nlohmann::json::array()}}));
  flip("accounts_unregistered", "true");
  const Answer answer = get(other);
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.code(), "MissingSubscriptionRegistration");
  EXPECT_THAT(answer.message(), HasSubstr("namespace 'Microsoft.CognitiveServices'"));
  EXPECT_EQ(get(list_path()).status, 200) << "it has accounts";
  flip("accounts_unregistered", "false");
  simulator_.update(kOther, [](Subscription& it) { it.ai_registered = false; });
  EXPECT_EQ(get(other).status, 409);
  simulator_.update(kSub, [](Subscription& it) {
    it.registration = Registration::NotRegistered;  // of Microsoft.Security
  });
  EXPECT_EQ(get(list_path()).status, 200);
}

TEST_F(AiRefusalsTest, TheBucketOfReadsIsOne) {
  flip("read_bucket", "2/1");
  EXPECT_EQ(client_->get_plan().status, 200);
  EXPECT_EQ(get(list_path()).header("x-ms-ratelimit-remaining-subscription-reads"), "0");
  const Answer throttled = get(path_of("chat") + "/deployments");
  EXPECT_EQ(throttled.status, 429);
  EXPECT_EQ(throttled.header("Retry-After"), "1");
  EXPECT_EQ(throttled.code(), "SubscriptionRequestsThrottled");
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(get(path_of("chat") + "/deployments").status, 200);
}

TEST_F(AiRefusalsTest, EachProviderCountsForItself) {
  constexpr auto kHeader = "x-ms-ratelimit-remaining-subscription-resource-requests";
  for (int n = 0; n < 749; ++n) get(path_of("chat"));
  EXPECT_EQ(get(path_of("chat")).header(kHeader), "0");
  const Answer throttled = get(list_path());
  EXPECT_EQ(throttled.status, 429);
  EXPECT_EQ(throttled.code(), "ResourceRequestsThrottled");
  EXPECT_THAT(throttled.message(), HasSubstr("'Microsoft.CognitiveServices/accounts/read'"));
  EXPECT_EQ(client_->get_plan().header(kHeader), "749");
}

TEST_F(AiRefusalsTest, FaultsHitOneKindOfRead) {
  struct Case {
    Operation operation;
    std::size_t path;
  };
  const std::vector<Case> cases = {{Operation::Accounts, 0},
                                   {Operation::Account, 1},
                                   {Operation::Deployments, 2},
                                   {Operation::RaiPolicies, 3},
                                   {Operation::DefenderSettings, 4}};
  for (const Case& c : cases) {
    SCOPED_TRACE(to_string(c.operation));
    EXPECT_EQ(parse_operation(to_string(c.operation)), c.operation);
    simulator_.inject(Fault::throttle(c.operation, "7"));
    for (std::size_t at = 0; at < paths().size(); ++at) {
      const Answer answer = get(paths()[at]);
      EXPECT_EQ(answer.status, at == c.path ? 429 : 200) << paths()[at];
      EXPECT_EQ(answer.header("Retry-After"), at == c.path ? "7" : "");
    }
    EXPECT_EQ(simulator_.faults_left(), 0U);
    simulator_.inject(Fault::of(FaultKind::ReplaceBody, c.operation));
    EXPECT_EQ(get(paths()[c.path]).body, "<html>this is not JSON");
    simulator_.inject(Fault::of(FaultKind::Truncate, c.operation));
    EXPECT_FALSE(get(paths()[c.path]).arrived);
  }
}

TEST_F(AiRefusalsTest, AnAnswerCanBeAboutAnother) {
  simulator_.add({.id = kOther, .ai_accounts = {{.name = "chat", .kind = "OpenAI"}}});
  Fault fault = Fault::of(FaultKind::AboutAnother, Operation::Account);
  fault.message = kOther;
  simulator_.inject(fault);
  EXPECT_EQ(get(path_of("chat")).json["id"], "/subscriptions/" + kOther +
                                                 "/resourceGroups/ai/providers/"
                                                 "Microsoft.CognitiveServices/accounts/chat");
  EXPECT_EQ(get(path_of("chat")).json["id"], path_of("chat"));
}

TEST_F(AiRefusalsTest, AMixOfFaultsPasses) {
  for (const Fault& fault : account_fault_mix(0.02, 1)) simulator_.inject(fault);
  std::map<int, int> statuses;
  int broken = 0;
  for (int n = 0; n < 200; ++n) {
    for (const std::string& path : paths()) {
      const Answer answer = get(path);
      if (answer.arrived) ++statuses[answer.status];
      if (!answer.arrived || answer.json.is_discarded()) ++broken;
    }
  }
  EXPECT_GT(statuses[200], 500);
  for (const int status : {404, 429, 500, 503}) EXPECT_GT(statuses[status], 0) << status;
  EXPECT_GT(broken, 0);
  EXPECT_EQ(client_->get_plan().status, 200) << "plans are not hit";
}

TEST_F(AiRefusalsTest, AFaultCanHitTheSecondPage) {
  add({.name = "second"});
  flip("account_page_size", "1");
  simulator_.inject(Fault::throttle(Operation::Accounts, "7").at(kSub).after_first(1));
  const Answer first = get(list_path());
  ASSERT_EQ(first.status, 200);
  const std::string next =
      first.json["nextLink"].get<std::string>().substr(simulator_.base_url().size());
  EXPECT_EQ(client_->send("GET", next).status, 429);
  EXPECT_EQ(client_->send("GET", next).json["value"][0]["name"], "second");
}

}  // namespace
}  // namespace armsim
