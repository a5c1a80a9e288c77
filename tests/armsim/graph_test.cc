// Resource Graph, as a client sees it on the wire.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "armsim/simulator.h"
#include "armsim/test_client.h"
#include "support/fake_clock.h"
#include "support/ids.h"

namespace armsim {
namespace {

using defenderd::guid;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kPricings =
    "securityresources | where type =~ 'microsoft.security/pricings' and name =~ 'AI' "
    "| project id, subscriptionId, tier = tostring(properties.pricingTier), "
    "extensions = properties.extensions, enforce = properties.enforce | order by id asc";
const std::string kContainers =
    "resourcecontainers | where type =~ 'microsoft.resources/subscriptions' ";

class GraphTest : public testing::Test {
 protected:
  GraphTest() {
    EXPECT_TRUE(simulator_.start());
    simulator_.set_behaviour([](Behaviour& it) { it.graph_quota = 0; });
    client_ = std::make_unique<TestClient>(simulator_);
    client_->log_in();
  }

  void add(int count) {
    for (int n = 1; n <= count; ++n) simulator_.add({.id = guid(n)});
  }
  Answer ask(const std::string& query, json more = json::object()) {
    more["query"] = query;
    return client_->send(
        "POST", "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01", more.dump());
  }
  // One column of the rows, in order.
  static std::vector<std::string> column(const Answer& answer, const std::string& name) {
    std::vector<std::string> result;
    for (const json& row : answer.json.value("data", json::array()))
      result.push_back(row[name].is_string() ? row[name].get<std::string>() : row[name].dump());
    return result;
  }

  defenderd::FakeClock clock_;
  Simulator simulator_{{.tls = Tls::None, .clock = &clock_}};
  std::unique_ptr<TestClient> client_;
};

TEST_F(GraphTest, ShowsThePlansOfWhatMayBeRead) {
  simulator_.add({.id = guid(1)});
  simulator_.add({.id = guid(2), .plan = {.on = true, .extensions = {{"AIPromptEvidence", true}}}});
  simulator_.add({.id = guid(3), .access = Access::None});
  simulator_.add({.id = guid(4), .registration = Registration::NotRegistered});
  simulator_.add({.id = guid(5), .tenant = "0c6d7e0e-0000-4000-8000-000000000000"});
  simulator_.add({.id = guid(6), .in_graph = false});
  const Answer answer = ask(kPricings);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json["totalRecords"], 2);
  EXPECT_EQ(answer.json["count"], 2);
  EXPECT_EQ(answer.json["resultTruncated"], "false");
  EXPECT_FALSE(answer.json.contains("$skipToken"));
  const json row = {
      {"id", "/subscriptions/" + guid(2) + "/providers/Microsoft.Security/pricings/AI"},
      {"subscriptionId", guid(2)},
      {"tier", "Standard"},
      {"extensions", json::array({{{"name", "AIPromptEvidence"}, {"isEnabled", "True"}}})},
      {"enforce", "False"}};
  EXPECT_EQ(answer.json["data"][1], row);
  EXPECT_EQ(answer.json["data"][0]["extensions"], nullptr);
}

TEST_F(GraphTest, ListsOfSubscriptionsAndManagementGroupsBoundIt) {
  simulator_.add({.id = guid(1), .management_groups = {"mg-a", "mg-all"}});
  simulator_.add({.id = guid(2), .management_groups = {"mg-b", "mg-all"}});
  simulator_.add({.id = guid(3)});
  const auto ids = [&](const json& scope) {
    return column(ask(kPricings, scope), "subscriptionId");
  };
  EXPECT_THAT(ids({{"subscriptions", {guid(3), guid(9)}}}), ElementsAre(guid(3)));
  EXPECT_THAT(ids({{"managementGroups", {"MG-B"}}}), ElementsAre(guid(2)));
  EXPECT_THAT(ids({{"managementGroups", {"mg-all"}}}), ElementsAre(guid(1), guid(2)));
  EXPECT_THAT(ids({{"managementGroups", {std::string(kTenant)}}}),
              ElementsAre(guid(1), guid(2), guid(3)));
  const Answer none = ask(kPricings, {{"subscriptions", {guid(9)}}});
  EXPECT_EQ(none.status, 403);
  EXPECT_EQ(none.code(), "AuthorizationFailed");
}

TEST_F(GraphTest, SubscriptionsCarryTagsAndTheChainOfTheirGroups) {
  simulator_.add({.id = guid(1),
                  .name = "one",
                  .tags = {{"env", "prod"}},
                  .management_groups = {"mg-a", "mg-all"}});
  simulator_.add({.id = guid(2), .name = "two", .tags = {{"env", "test"}}});
  const Answer answer =
      ask(kContainers +
          "and tags['env'] =~ 'PROD' | project id, name, state = properties.state, tags, "
          "chain = properties.managementGroupAncestorsChain");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json["data"],
            json::array({{{"id", "/subscriptions/" + guid(1)},
                          {"name", "one"},
                          {"state", "Enabled"},
                          {"tags", {{"env", "prod"}}},
                          {"chain",
                           {{{"displayName", "mg-a"}, {"name", "mg-a"}},
                            {{"displayName", "mg-all"}, {"name", "mg-all"}},
                            {{"displayName", "Tenant Root Group"}, {"name", kTenant}}}}}}));
  const Answer expanded =
      ask(kContainers +
          "| mv-expand mg = properties.managementGroupAncestorsChain "
          "| where mg.name in~ ('MG-ALL', 'x') or not (isnotempty(tags.env)) | project id, name");
  EXPECT_THAT(column(expanded, "name"), ElementsAre("one"));
}

TEST_F(GraphTest, PagesFollowTheirToken) {
  add(5);
  simulator_.set_behaviour([](Behaviour& it) { it.graph_page_size = 2; });
  std::vector<std::string> found;
  json options = {{"$top", 1000}};
  for (int page = 1; page <= 3; ++page) {
    const Answer answer = ask(kPricings, {{"options", options}});
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.json["totalRecords"], 5);
    EXPECT_EQ(answer.json["resultTruncated"], "false");
    for (const std::string& id : column(answer, "subscriptionId")) found.push_back(id);
    ASSERT_EQ(answer.json.contains("$skipToken"), page < 3);
    if (page < 3) options["$skipToken"] = answer.json["$skipToken"];
  }
  EXPECT_THAT(found, ElementsAre(guid(1), guid(2), guid(3), guid(4), guid(5)));
  // The token is of that query alone.
  EXPECT_EQ(ask(kContainers, {{"options", options}}).status, 400);
}

TEST_F(GraphTest, WithoutIdThereAreNoPages) {
  add(3);
  simulator_.set_behaviour([](Behaviour& it) { it.graph_page_size = 2; });
  const Answer answer = ask("securityresources | where name =~ 'AI' | project subscriptionId");
  EXPECT_EQ(answer.json["count"], 2);
  EXPECT_EQ(answer.json["resultTruncated"], "true");
  EXPECT_FALSE(answer.json.contains("$skipToken"));
  simulator_.set_behaviour([](Behaviour& it) { it.graph_cuts_off = true; });
  EXPECT_EQ(ask(kPricings).json["resultTruncated"], "true");
}

TEST_F(GraphTest, AHundredRowsUnasked) {
  add(101);
  EXPECT_EQ(ask(kPricings).json["count"], 100);
  EXPECT_EQ(ask(kPricings, {{"options", {{"$top", 1000}}}}).json["count"], 101);
  EXPECT_EQ(ask(kPricings, {{"options", {{"$top", 1001}}}}).status, 400);
}

TEST_F(GraphTest, LagsBehind) {
  simulator_.add({.id = guid(1)});
  simulator_.set_behaviour([](Behaviour& it) { it.graph_lag = std::chrono::minutes(10); });
  clock_.advance(std::chrono::minutes(30));
  simulator_.update(guid(1), [](Subscription& it) { it.plan.on = true; });
  simulator_.add({.id = guid(2)});
  const auto tiers = [&] { return column(ask(kPricings), "tier"); };
  EXPECT_THAT(tiers(), ElementsAre("Free"));
  clock_.advance(std::chrono::minutes(9));
  ASSERT_EQ(client_->put_plan(plan_body("Free"), guid(1)).status, 200);
  EXPECT_THAT(tiers(), ElementsAre("Free"));
  clock_.advance(std::chrono::minutes(1));
  EXPECT_THAT(tiers(), ElementsAre("Standard", "Free"));
  clock_.advance(std::chrono::minutes(9));
  EXPECT_THAT(tiers(), ElementsAre("Free", "Free"));
}

TEST_F(GraphTest, CountsQueries) {
  add(1);
  simulator_.set_behaviour([](Behaviour& it) { it.graph_quota = 2; });
  const Answer first = ask(kPricings);
  EXPECT_EQ(first.header("x-ms-user-quota-remaining"), "1");
  EXPECT_EQ(first.header("x-ms-user-quota-resets-after"), "00:00:05");
  clock_.advance(std::chrono::milliseconds(1500));
  EXPECT_EQ(ask(kPricings).header("x-ms-user-quota-resets-after"), "00:00:04");
  const Answer throttled = ask(kPricings);
  EXPECT_EQ(throttled.status, 429);
  EXPECT_EQ(throttled.code(), "RateLimiting");
  EXPECT_EQ(throttled.header("Retry-After"), "4");
  EXPECT_EQ(throttled.header("x-ms-user-quota-remaining"), "0");
  clock_.advance(std::chrono::milliseconds(3500));
  EXPECT_EQ(ask(kPricings).status, 200);
}

TEST_F(GraphTest, LooksAtSoManySubscriptionsWhenNoneIsNamed) {
  add(3);
  simulator_.set_behaviour([](Behaviour& it) { it.graph_subscription_limit = 2; });
  const Answer all = ask(kPricings);
  EXPECT_EQ(all.json["count"], 2);
  EXPECT_EQ(all.header("x-ms-tenant-subscription-limit-hit"), "true");
  const Answer named = ask(kPricings, {{"subscriptions", {guid(1), guid(2), guid(3)}}});
  EXPECT_EQ(named.json["count"], 3);
  EXPECT_EQ(named.header("x-ms-tenant-subscription-limit-hit"), "");
}

TEST_F(GraphTest, TablesAreTables) {
  add(1);
  const Answer answer =
      ask("resourcecontainers | project id, name", {{"options", {{"resultFormat", "table"}}}});
  EXPECT_EQ(answer.json["data"]["columns"][0]["name"], "id");
  EXPECT_EQ(answer.json["data"]["rows"][0][0], "/subscriptions/" + guid(1));
}

TEST_F(GraphTest, RefusesWhatItDoesNotKnow) {
  add(1);
  for (const char* const query :
       {"", "nosuchtable | project id", "securityresources | summarize count() by name",
        "securityresources where name =~ 'AI'", "securityresources | where name",
        "securityresources | where name =~ 'AI", "securityresources | project id,",
        "securityresources | limit x", "securityresources | extend a = strcat(id)"}) {
    const Answer answer = ask(query);
    EXPECT_EQ(answer.status, 400) << query << answer.body;
    EXPECT_EQ(answer.code(), "BadRequest");
    EXPECT_THAT(answer.body, HasSubstr("InvalidQuery"));
  }
  EXPECT_EQ(ask("securityresources | where " + std::string(1000, '(')).status, 400);
  EXPECT_EQ(client_->send("POST", "/providers/Microsoft.ResourceGraph/resources", "{}").code(),
            "MissingApiVersionParameter");
  EXPECT_EQ(
      client_
          ->send("POST", "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01",
                 "{}", {}, false)
          .status,
      401);
}

}  // namespace
}  // namespace armsim
