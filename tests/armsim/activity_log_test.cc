// The activity log as Azure documents it: filters, lag, order, pages, its own form of an error.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "armsim/test_client.h"

namespace armsim {
namespace {

using testing::HasSubstr;

class ActivityLogTest : public testing::Test {
 protected:
  ActivityLogTest() {
    EXPECT_TRUE(simulator_.start());
    simulator_.add({.id = kSub});
    client_ = std::make_unique<TestClient>(simulator_);
    client_->log_in();
  }
  void drift_by(const Caller& caller) {
    simulator_.update(
        kSub, [](Subscription& it) { it.plan.on = !it.plan.on; }, caller);
  }
  Answer log(const std::string& filter) {
    return client_->send("GET", "/subscriptions/" + kSub +
                                    "/providers/Microsoft.Insights/eventtypes/management/values"
                                    "?api-version=2015-04-01&$filter=" +
                                    filter);
  }
  static std::string span(const std::string& more = "") {
    return "eventTimestamp%20ge%20'2020-01-01T00:00:00Z'%20and%20eventTimestamp%20le%20'"
           "2100-01-01T00:00:00Z'" +
           more;
  }

  Simulator simulator_{{.tls = Tls::None}};
  std::unique_ptr<TestClient> client_;
};

TEST_F(ActivityLogTest, AnEventShowsUpAfterTheLag) {
  drift_by(Caller::user("alice@contoso.com"));
  EXPECT_EQ(log(span()).json["value"].size(), 0U);
  simulator_.advance(std::chrono::minutes(4));
  const auto events = log(span()).json["value"];
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0]["eventName"]["value"], "EndRequest");
  EXPECT_EQ(events[0]["status"]["value"], "Succeeded");
  EXPECT_EQ(events[0]["caller"], "alice@contoso.com");
  EXPECT_EQ(events[1]["eventName"]["value"], "BeginRequest");
  EXPECT_EQ(events[0]["correlationId"], events[1]["correlationId"]);
}

TEST_F(ActivityLogTest, TakesTheDocumentedFiltersAndNoOthers) {
  drift_by(Caller::policy("22222222-0000-4000-8000-0000000000bb"));
  simulator_.advance(std::chrono::minutes(4));
  const std::string correlation = log(span()).json["value"][0]["correlationId"];
  const std::string resource =
      "/subscriptions/" + kSub + "/providers/Microsoft.Security/pricings/AI";
  struct Case {
    std::string more;
    std::size_t events;
  };
  for (const Case& item :
       std::vector<Case>{{"", 4},
                         {"%20and%20resourceProvider%20eq%20'microsoft.security'", 2},
                         {"%20and%20resourceProvider%20eq%20'Microsoft.Compute'", 0},
                         {"%20and%20correlationId%20eq%20'" + correlation + "'", 4},
                         {"%20and%20resourceUri%20eq%20'" + resource + "'", 2},
                         {"%20and%20resourceGroupName%20eq%20'rg'", 0}}) {
    const auto reply = log(span(item.more));
    ASSERT_EQ(reply.status, 200) << item.more;
    EXPECT_EQ(reply.json["value"].size(), item.events) << item.more;
  }
  // As azure-cli writes it.
  const auto plain =
      log("eventTimestamp%20ge%202020-01-01T00:00:00.123456%20and%20eventTimestamp%20"
          "le%202100-01-01T00:00:00");
  EXPECT_EQ(plain.json["value"].size(), 4U);
  for (const std::string& filter : std::vector<std::string>{
           "", "eventTimestamp%20ge%20'2020-01-01T00:00:00Z'",
           span("%20and%20operationName%20eq%20'Microsoft.Security/pricings/write'"),
           span("%20and%20resourceProvider%20eq%20'a'%20and%20correlationId%20eq%20'b'"),
           span("%20and%20resourceProvider%20ne%20'a'"), span("%20and%20resourceProvider%20eq%20a"),
           span("%20or%20status%20eq%20'x'"),
           "eventTimestamp%20ge%20'yesterday'%20and%20eventTimestamp%20le%20'today'"}) {
    const auto reply = log(filter);
    EXPECT_EQ(reply.status, 400) << filter;
    EXPECT_TRUE(reply.json.contains("code")) << "without \"error\" around it";
  }
}

TEST_F(ActivityLogTest, AWriteOfAClientHasTheIdentityOfItsToken) {
  simulator_.set_behaviour([](Behaviour& it) { it.activity_lag = {}; });
  ASSERT_EQ(client_->put_plan(plan_body("Standard")).status, 200);
  ASSERT_EQ(client_->put_plan(plan_body("Free")).status, 409);
  const auto events = log(span()).json["value"];
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[0]["status"]["value"], "Failed");
  EXPECT_EQ(events[0]["subStatus"]["value"], "Conflict");
  EXPECT_EQ(events[2]["claims"]["appid"], std::string(kClientId));
}

TEST_F(ActivityLogTest, APageLinksToTheNext) {
  simulator_.set_behaviour([](Behaviour& it) {
    it.activity_lag = {};
    it.activity_page_size = 3;
  });
  drift_by(Caller::user("alice@contoso.com"));
  drift_by(Caller::user("bob@contoso.com"));
  const auto first = log(span()).json;
  EXPECT_EQ(first["value"].size(), 3U);
  EXPECT_EQ(first["value"][0]["caller"], "bob@contoso.com") << "the newest first";
  EXPECT_THAT(first["nextLink"].get<std::string>(), HasSubstr("$skipToken=3"));
}

TEST_F(ActivityLogTest, WithoutTheActionIt403s) {
  simulator_.update(kSub, [](Subscription& it) { it.activity_readable = false; });
  const auto reply = log(span());
  EXPECT_EQ(reply.status, 403);
  EXPECT_THAT(reply.json["error"]["message"].get<std::string>(),
              HasSubstr("Microsoft.Insights/eventtypes/values/read"));
}

TEST_F(ActivityLogTest, TheControlNamesWhoDidIt) {
  simulator_.set_behaviour([](Behaviour& it) { it.activity_lag = {}; });
  const std::string path = "/_control/subscriptions/" + kSub;
  ASSERT_EQ(
      client_
          ->send("POST", path, R"({"plan":"on","actor":{"kind":"user","name":"eve@contoso.com"}})")
          .status,
      200);
  EXPECT_EQ(log(span()).json["value"][0]["caller"], "eve@contoso.com");
  const auto bad = client_->send("POST", path, R"({"plan":"off","actor":{"kind":"robot"}})");
  EXPECT_EQ(bad.status, 400);
  EXPECT_TRUE(simulator_.plan(kSub).on) << "nothing is changed";
}

}  // namespace
}  // namespace armsim
