// Reading pricings, as a client sees it on the wire.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "armsim/simulator.h"
#include "armsim/test_client.h"

namespace armsim {
namespace {

class PricingsTest : public testing::Test {
 protected:
  PricingsTest() {
    EXPECT_TRUE(simulator_.start());
    simulator_.add({.id = kSub});
    client_ = std::make_unique<TestClient>(simulator_);
    client_->log_in();
  }

  Answer list(const std::string& query) {
    return client_->send(
        "GET", "/subscriptions/" + kSub + "/providers/Microsoft.Security/pricings?" + query);
  }

  Simulator simulator_{{.tls = Tls::None}};
  std::unique_ptr<TestClient> client_;
};

std::string names_of(const Answer& answer) {
  std::string names;
  for (const auto& pricing : answer.json.value("value", nlohmann::json::array()))
    names += (names.empty() ? "" : " ") + pricing["name"].get<std::string>();
  return names;
}

TEST_F(PricingsTest, AFreePlanShowsWhatArmShows) {
  const Answer answer = client_->get_plan();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Type"), "application/json; charset=utf-8");
  const nlohmann::json expected = {
      {"id", "/subscriptions/" + kSub + "/providers/Microsoft.Security/pricings/AI"},
      {"name", "AI"},
      {"type", "Microsoft.Security/pricings"},
      {"properties",
       {{"pricingTier", "Free"},
        {"freeTrialRemainingTime", "PT0S"},
        {"enforce", "False"},
        {"resourcesCoverageStatus", "NotCovered"}}}};
  EXPECT_EQ(answer.json, expected);
}

TEST_F(PricingsTest, AStandardPlanAlwaysListsExtensions) {
  simulator_.update(kSub, [](Subscription& subscription) { subscription.plan.on = true; });
  const auto list = client_->get_plan().json["properties"]["extensions"];
  ASSERT_EQ(list.size(), 3U);
  for (const auto& extension : list) EXPECT_EQ(extension["isEnabled"], "False");
}

TEST_F(PricingsTest, AStandardPlanShowsWhatArmShows) {
  simulator_.update(kSub, [](Subscription& subscription) {
    subscription.plan.on = true;
    subscription.plan.extensions = {{"AIPromptEvidence", true, "", R"({"Key":["a"]})"},
                                    {"AIModelScanner", false}};
    subscription.plan.properties = R"({"futureField": {"deep": 1}})";
  });
  const nlohmann::json expected = {{"pricingTier", "Standard"},
                                   {"freeTrialRemainingTime", "PT0S"},
                                   {"enablementTime", "2026-01-01T00:00:00.1234567Z"},
                                   {"enforce", "False"},
                                   {"resourcesCoverageStatus", "FullyCovered"},
                                   {"extensions",
                                    {{{"name", "AIPromptEvidence"},
                                      {"isEnabled", "True"},
                                      {"additionalExtensionProperties", {{"Key", {"a"}}}}},
                                     {{"name", "AIModelScanner"}, {"isEnabled", "False"}}}},
                                   {"futureField", {{"deep", 1}}}};
  EXPECT_EQ(client_->get_plan().json["properties"], expected);
}

TEST_F(PricingsTest, EachApiVersionShowsWhatItKnows) {
  simulator_.update(kSub, [](Subscription& subscription) {
    subscription.plan.on = true;
    subscription.plan.set("AIPromptEvidence", true);
  });
  struct Case {
    std::string version;
    std::string members;
  };
  const std::vector<Case> cases = {
      {"2018-06-01", "freeTrialRemainingTime pricingTier"},
      {"2022-03-01", "freeTrialRemainingTime pricingTier"},
      {"2023-01-01", "enablementTime extensions freeTrialRemainingTime pricingTier"},
      {"2024-01-01",
       "enablementTime enforce extensions freeTrialRemainingTime pricingTier "
       "resourcesCoverageStatus"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.version);
    const Answer answer = client_->send(
        "GET", "/subscriptions/" + kSub +
                   "/providers/Microsoft.Security/pricings/AI?api-version=" + c.version);
    ASSERT_EQ(answer.status, 200) << answer.body;
    std::string members;
    for (const auto& [name, value] : answer.json["properties"].items())
      members += (members.empty() ? "" : " ") + name;
    EXPECT_EQ(members, c.members);
  }
}

TEST_F(PricingsTest, PathsAreMatchedWithoutCaseAndWithDoubleSlashes) {
  const std::vector<std::string> paths = {
      "/subscriptions/" + kSub + "/providers/microsoft.security/pricings/ai",
      "/SUBSCRIPTIONS/6F2B9A52-3F0E-4C83-9A4B-0D9D8C8F3C11/Providers/MICROSOFT.SECURITY/Pricings/"
      "AI",
      "//subscriptions/" + kSub + "/providers/Microsoft.Security//pricings/AI"};
  for (const std::string& path : paths) {
    const Answer answer = client_->send("GET", path + "?api-version=2024-01-01");
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_EQ(answer.json["name"], "AI") << path;
  }
}

TEST_F(PricingsTest, ListsAllPlansOrThoseOfTheFilter) {
  struct Case {
    std::string what, query, names;
  };
  const std::vector<Case> cases = {
      {"one", "$filter=name%20in%20(AI)", "AI"},
      {"two, quoted, in another case", "%24filter=Name%20In%20('ai',%20'Dns')", "Dns AI"},
      {"one that is not there", "$filter=name%20in%20(Nothing)", ""},
  };
  for (const Case& c : cases) {
    const Answer answer = list("api-version=2024-01-01&" + c.query);
    EXPECT_EQ(answer.status, 200) << c.what;
    EXPECT_EQ(names_of(answer), c.names) << c.what;
  }
  const Answer all = list("api-version=2024-01-01");
  EXPECT_EQ(all.json["value"].size(), 16U);
  EXPECT_FALSE(all.json.contains("nextLink"));
  EXPECT_EQ(list("api-version=2024-01-01&$filter=tier%20eq%201").code(), "InvalidInput");
}

TEST_F(PricingsTest, ADeprecatedPlanNamesItsSuccessor) {
  const Answer answer = client_->get_plan(kSub, "dns");
  EXPECT_EQ(answer.json["name"], "Dns");
  EXPECT_EQ(answer.json["properties"]["deprecated"], true);
  EXPECT_EQ(answer.json["properties"]["replacedBy"], nlohmann::json({"VirtualMachines"}));
}

TEST_F(PricingsTest, APlanThatIsNotOfferedIsNoName) {
  simulator_.update(kSub, [](Subscription& subscription) { subscription.plan_offered = false; });
  const Answer answer = client_->get_plan();
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(
      answer.message().find("The name 'AI' is not a valid name. Possible pricing bundle names: "),
      0U);
  EXPECT_EQ(answer.message().find("AI,"), std::string::npos);
  EXPECT_EQ(client_->put_plan(plan_body("Standard")).status, 400);
  EXPECT_EQ(list("api-version=2024-01-01").json["value"].size(), 15U);
  simulator_.set_behaviour([](Behaviour& behaviour) { behaviour.unknown_plan_status = 404; });
  EXPECT_EQ(client_->get_plan().status, 404);
}

TEST_F(PricingsTest, RefusesApiVersionsAndMethodsItDoesNotKnow) {
  const std::string path = "/subscriptions/" + kSub + "/providers/Microsoft.Security/pricings/AI";
  EXPECT_EQ(client_->send("GET", path).code(), "MissingApiVersionParameter");
  const Answer unknown = client_->send("GET", path + "?api-version=2031-01-01");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(unknown.code(), "NoRegisteredProviderFound");
  EXPECT_NE(unknown.message().find("2024-01-01"), std::string::npos);
  EXPECT_EQ(client_->send("DELETE", path + "?api-version=2024-01-01").status, 405);
  EXPECT_EQ(client_->send("GET", "/nothing/here").status, 404);
}

TEST_F(PricingsTest, ShapesOfUncertainFactsFollowTheSwitches) {
  simulator_.update(kSub, [](Subscription& subscription) {
    subscription.plan.on = true;
    subscription.plan.set("AIPromptEvidence", true);
  });
  simulator_.set_behaviour([](Behaviour& behaviour) { behaviour.boolean_is_enabled = true; });
  EXPECT_EQ(extensions_of(client_->get_plan()), "AIPromptEvidence=true");
  simulator_.set_behaviour([](Behaviour& behaviour) {
    behaviour = {};
    behaviour.lower_case_ids = true;
    behaviour.free_shows_extensions = true;
  });
  const Answer lower = client_->get_plan();
  EXPECT_EQ(lower.json["type"], "microsoft.security/pricings");
  EXPECT_EQ(lower.json["id"],
            "/subscriptions/" + kSub + "/providers/microsoft.security/pricings/AI");
  simulator_.update(kSub, [](Subscription& subscription) { subscription.plan.on = false; });
  EXPECT_EQ(extensions_of(client_->get_plan()),
            "AIPromptEvidence=False AIPromptSharingWithPurview=False AIModelScanner=False");
}

}  // namespace
}  // namespace armsim
