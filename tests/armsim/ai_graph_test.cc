// AI accounts in Resource Graph.

#include <gmock/gmock.h>

#include "armsim/ai_test.h"
#include "support/ids.h"

namespace armsim {
namespace {

using defenderd::guid;
using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kAccounts =
    "resources | where type =~ 'microsoft.cognitiveservices/accounts' "
    "and kind in~ ('OpenAI','AIServices') ";
const std::string kQuery =
    kAccounts + "| project id, subscriptionId, name, kind, location | order by id asc";

class AiGraphTest : public AiTest {
 protected:
  AiGraphTest() { flip("graph_quota", "0"); }

  Answer ask(const std::string& query, json more = json::object()) {
    more["query"] = query;
    return client_->send(
        "POST", "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01", more.dump());
  }
  std::vector<std::string> found(const std::string& query, const json& more = json::object()) {
    const Answer answer = ask(query, more);
    EXPECT_EQ(answer.status, 200) << answer.body;
    std::vector<std::string> result;
    for (const json& row : answer.json.value("data", json::array())) result.push_back(row["name"]);
    return result;
  }
};

TEST_F(AiGraphTest, ListsTheAccountsThatMatter) {
  add({.resource_group = "Prod", .name = "chat", .kind = "openai"});
  add({.name = "face", .kind = "Face"});
  add({.name = "hub", .location = "westeurope"});
  const Answer answer = ask(kQuery);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json["totalRecords"], 2);
  EXPECT_EQ(answer.json["data"], json::array({{{"id", path_of("chat", "Prod")},
                                               {"subscriptionId", kSub},
                                               {"name", "chat"},
                                               {"kind", "openai"},
                                               {"location", "swedencentral"}},
                                              {{"id", path_of("hub")},
                                               {"subscriptionId", kSub},
                                               {"name", "hub"},
                                               {"kind", "AIServices"},
                                               {"location", "westeurope"}}}));
  EXPECT_THAT(found("resources | where type =~ 'microsoft.compute/virtualmachines'"), IsEmpty());
  EXPECT_THAT(found("resources | where type =~ 'microsoft.cognitiveservices/accounts/deployments'"),
              IsEmpty());
}

TEST_F(AiGraphTest, PropertiesCanBeProjected) {
  add({.name = "chat", .capabilities = {{"ContentLogging", "false"}}});
  const Answer answer =
      ask(kAccounts +
          "| project id, capabilities=properties.capabilities, resourceGroup | order by id asc");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json["data"][0],
            json({{"id", path_of("chat")},
                  {"capabilities", {{{"name", "ContentLogging"}, {"value", "false"}}}},
                  {"resourceGroup", "ai"}}));
}

TEST_F(AiGraphTest, ShowsWhatTheCallerMayRead) {
  for (int n = 1; n <= 6; ++n)
    simulator_.add({.id = guid(n), .ai_accounts = {{.name = "a" + std::to_string(n)}}});
  simulator_.update(guid(2), [](Subscription& it) { it.access = Access::None; });
  simulator_.update(guid(3), [](Subscription& it) { it.in_graph = false; });
  simulator_.update(guid(4), [](Subscription& it) { it.denied_ai_reads = {"accounts"}; });
  simulator_.update(guid(5), [](Subscription& it) { it.denied_ai_reads = {"deployments"}; });
  EXPECT_THAT(found(kQuery), ElementsAre("a1", "a5", "a6"));
  EXPECT_THAT(found(kQuery, {{"subscriptions", {guid(6), guid(5), guid(4)}}}),
              ElementsAre("a5", "a6"));
  flip("denied_ai_reads", "accounts");
  EXPECT_THAT(found(kQuery), IsEmpty());
}

TEST_F(AiGraphTest, PagesFollowTheirToken) {
  json subscriptions = json::array();
  for (int n = 1; n <= 1000; ++n) {
    simulator_.add({.id = guid(n), .ai_accounts = {{.name = "a" + std::to_string(n)}}});
    subscriptions.push_back(guid(n));
  }
  json options = {{"$top", 400}};
  std::vector<std::string> all;
  for (int page = 1; page <= 3; ++page) {
    const Answer answer = ask(kQuery, {{"subscriptions", subscriptions}, {"options", options}});
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.json["totalRecords"], 1000);
    for (const json& row : answer.json["data"]) all.push_back(row["subscriptionId"]);
    ASSERT_EQ(answer.json.contains("$skipToken"), page < 3);
    if (page < 3) options["$skipToken"] = answer.json["$skipToken"];
  }
  EXPECT_EQ(all.size(), 1000U);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  EXPECT_EQ(ask(kAccounts + "| project id", {{"options", options}}).status, 400)
      << "the token is of that query alone";
}

TEST_F(AiGraphTest, LagsBehind) {
  flip("graph_lag", "10m");
  clock_.advance(std::chrono::minutes(30));
  add({.name = "chat"});
  EXPECT_THAT(found(kQuery), IsEmpty());
  EXPECT_THAT(names(list_path()), ElementsAre("chat"));
  clock_.advance(std::chrono::minutes(10));
  EXPECT_THAT(found(kQuery), ElementsAre("chat"));
}

TEST_F(AiGraphTest, RefusesWhatItDoesNotKnow) {
  for (const char* const more : {"| summarize count() by kind", "| where kind startswith 'Open'",
                                 "| join kind=inner (resources) on id", "where kind == 'OpenAI'"}) {
    const Answer answer = ask(kAccounts + more);
    EXPECT_EQ(answer.status, 400) << more;
    EXPECT_EQ(answer.code(), "BadRequest") << more;
    EXPECT_EQ(answer.json["error"]["details"][0]["code"], "InvalidQuery") << more;
  }
}

}  // namespace
}  // namespace armsim
