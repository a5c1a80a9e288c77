// Writing pricings: what a PUT changes, what it answers, what it refuses.

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "armsim/simulator.h"
#include "armsim/test_client.h"

namespace armsim {
namespace {

class PricingWriteTest : public testing::Test {
 protected:
  PricingWriteTest() {
    EXPECT_TRUE(simulator_.start());
    simulator_.set_behaviour([](Behaviour& b) { b.write_cool_down = {}; });  // many writes follow
    simulator_.add({.id = kSub});
    client_ = std::make_unique<TestClient>(simulator_);
    client_->log_in();
  }

  // Off, or on with extensions as in plan_body.
  void stand(bool on, const std::vector<Extension>& extensions = {}) {
    simulator_.update(kSub, [&](Subscription& subscription) {
      subscription.plan = {};
      subscription.plan.on = on;
      subscription.plan.extensions = extensions;
    });
  }

  Simulator simulator_{{.tls = Tls::None}};
  std::unique_ptr<TestClient> client_;
};

// "AIPromptEvidence:Succeeded" for each extension that has an operationStatus.
std::string statuses_of(const Answer& answer) {
  std::string text;
  if (!answer.json["properties"].contains("extensions")) return text;
  for (const auto& extension : answer.json["properties"]["extensions"]) {
    if (!extension.contains("operationStatus")) continue;
    text += (text.empty() ? "" : " ") + extension["name"].get<std::string>() + ":" +
            extension["operationStatus"]["code"].get<std::string>();
  }
  return text;
}

const std::vector<Extension> kThree = {
    {"AIPromptEvidence", true}, {"AIPromptSharingWithPurview", false}, {"AIModelScanner", true}};

TEST_F(PricingWriteTest, ExtensionsAfterAPut) {
  struct Case {
    std::string what;
    bool on;  // before
    std::vector<Extension> before;
    std::string list;  // of the PUT, "" = omitted
    std::function<void(Behaviour&)> behaviour;
    std::string after;
  };
  const auto usual = [](Behaviour&) {};
  const std::vector<Case> cases = {
      {"switching on brings the defaults",
       false,
       {},
       "",
       usual,
       "AIPromptEvidence=True AIPromptSharingWithPurview=True AIModelScanner=False"},
      {"a partial list leaves the other defaults on",
       false,
       {},
       "AIPromptEvidence=False",
       usual,
       "AIPromptEvidence=False AIPromptSharingWithPurview=True AIModelScanner=False"},
      {"or it keeps the other defaults off",
       false,
       {},
       "AIPromptEvidence=True",
       [](Behaviour& b) { b.defaults_beside_list = false; },
       "AIPromptEvidence=True AIPromptSharingWithPurview=False AIModelScanner=False"},
      {"or the list counts only from the second PUT on",
       false,
       {},
       "AIPromptEvidence=False,AIModelScanner=True",
       [](Behaviour& b) { b.list_honoured_when_switching = false; },
       "AIPromptEvidence=True AIPromptSharingWithPurview=True AIModelScanner=False"},
      {"other defaults",
       false,
       {},
       "",
       [](Behaviour& b) {
         b.default_extensions = {{"Newcomer", true}};
       },
       "Newcomer=True"},
      {"already on: merged by name", true, kThree, "AIPromptEvidence=False", usual,
       "AIPromptEvidence=False AIPromptSharingWithPurview=False AIModelScanner=True"},
      {"merged without case", true, kThree, "aipromptevidence=false", usual,
       "AIPromptEvidence=False AIPromptSharingWithPurview=False AIModelScanner=True"},
      {"or replaced", true, kThree, "AIPromptSharingWithPurview=True",
       [](Behaviour& b) { b.list_merges = false; },
       "AIPromptEvidence=False AIPromptSharingWithPurview=True AIModelScanner=False"},
      {"already on, no list: unchanged", true, kThree, "", usual,
       "AIPromptEvidence=True AIPromptSharingWithPurview=False AIModelScanner=True"},
      {"or the defaults come back", true, kThree, "",
       [](Behaviour& b) { b.omitted_list_keeps = false; },
       "AIPromptEvidence=True AIPromptSharingWithPurview=True AIModelScanner=False"},
      {"a name nobody knows is kept", true, kThree, "Unheard=True", usual,
       "AIPromptEvidence=True AIPromptSharingWithPurview=False AIModelScanner=True Unheard=True"},
      {"case is normalised",
       true,
       {{"AIPromptEvidence", false}},
       "AIPromptEvidence=tRUE",
       usual,
       "AIPromptEvidence=True"},
      {"or echoed",
       true,
       {{"AIPromptEvidence", false}},
       "AIPromptEvidence=true",
       [](Behaviour& b) { b.normalises_is_enabled = false; },
       "AIPromptEvidence=true"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    stand(c.on, c.before);
    simulator_.set_behaviour([&](Behaviour& behaviour) {
      behaviour = {};
      behaviour.write_cool_down = {};
      c.behaviour(behaviour);
    });
    const Answer answer = client_->put_plan(plan_body("Standard", c.list));
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(extensions_of(answer), c.after);
    EXPECT_EQ(extensions_of(client_->get_plan()), c.after);
  }
}

TEST_F(PricingWriteTest, OperationStatusStandsInTheAnswerOfThePutAlone) {
  const Answer on = client_->put_plan(plan_body("standard"));
  EXPECT_EQ(on.json["properties"]["pricingTier"], "Standard") << "input in any case";
  EXPECT_EQ(statuses_of(on), "AIPromptEvidence:Succeeded AIPromptSharingWithPurview:Succeeded")
      << "the one that stayed off was not acted on";
  EXPECT_EQ(statuses_of(client_->get_plan()), "");
  const Answer off = client_->put_plan(plan_body("Standard", "AIPromptEvidence=False"));
  EXPECT_EQ(statuses_of(off), "AIPromptEvidence:Succeeded");
  EXPECT_EQ(off.json["properties"]["extensions"][0]["operationStatus"]["message"],
            "Successfully disabled extension");
}

TEST_F(PricingWriteTest, AFailedExtensionArrivesInsideA200) {
  simulator_.update(kSub, [](Subscription& subscription) {
    subscription.failing_extensions["AIPromptEvidence"] = "Failed assigning roles {x}";
  });
  const Answer answer = client_->put_plan(plan_body("Standard"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json["properties"]["extensions"][0],
            nlohmann::json({{"name", "AIPromptEvidence"},
                            {"isEnabled", "True"},
                            {"operationStatus",
                             {{"code", "Failed"}, {"message", "Failed assigning roles {x}"}}}}));
  EXPECT_EQ(client_->get_plan().json["properties"]["extensions"][0]["isEnabled"], "True");

  simulator_.set_behaviour([](Behaviour& b) { b.failed_reads_as_asked = false; });
  const Answer again = client_->put_plan(plan_body("Standard", "AIPromptEvidence=True"));
  EXPECT_EQ(statuses_of(again), "AIPromptEvidence:Failed");
  EXPECT_EQ(again.json["properties"]["extensions"][0]["isEnabled"], "True");
  EXPECT_EQ(client_->get_plan().json["properties"]["extensions"][0]["isEnabled"], "False");
}

TEST_F(PricingWriteTest, FreeTakesTheExtensionsAway) {
  stand(true, kThree);
  const Answer answer = client_->put_plan(plan_body("free"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json["properties"]["pricingTier"], "Free");
  EXPECT_EQ(extensions_of(answer), "none");
  EXPECT_FALSE(answer.json["properties"].contains("enablementTime"));
  EXPECT_FALSE(simulator_.plan(kSub).on);
}

TEST_F(PricingWriteTest, RefusesWhatTheServiceRefuses) {
  struct Case {
    std::string what, body;
    int status;
    std::string message;
  };
  const std::vector<Case> cases = {
      {"no JSON", "{", 400, "could not be deserialized"},
      {"a list", "[]", 400, "could not be deserialized"},
      {"nothing", "{}", 400, "no properties"},
      {"no tier", R"({"properties":{}})", 400, "pricingTier is required"},
      {"a tier that is none", plan_body("Premium"), 400, "'Premium' is not valid"},
      {"extensions with Free", plan_body("Free", "AIPromptEvidence=False"), 400,
       "cannot be set with the Free"},
      {"extensions no list", R"({"properties":{"pricingTier":"Standard","extensions":{}}})", 400,
       "not a list"},
      {"no name",
       R"({"properties":{"pricingTier":"Standard","extensions":[{"isEnabled":"True"}]}})", 400,
       "no name"},
      {"no isEnabled", R"({"properties":{"pricingTier":"Standard","extensions":[{"name":"A"}]}})",
       400, "isEnabled of extension 'A'"},
      {"isEnabled no text",
       R"({"properties":{"pricingTier":"Standard","extensions":[{"name":"A","isEnabled":true}]}})",
       400, "isEnabled of extension 'A'"},
      {"isEnabled no flag", plan_body("Standard", "A=maybe"), 400, "neither 'True' nor 'False'"},
      {"a name twice", plan_body("Standard", "A=True,a=False"), 400, "named twice"},
      {"an enforce that is none",
       R"({"properties":{"pricingTier":"Standard","enforce":"perhaps"}})", 400, "enforce"},
      {"properties of a disabled extension",
       R"({"properties":{"pricingTier":"Standard","extensions":[
           {"name":"A","isEnabled":"False","additionalExtensionProperties":{"x":1}}]}})",
       500,
       "AdditionalProperties of Extension 'A' can't be updated while the extension is disabled "
       "(IsEnabled = False)"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const Answer answer = client_->put_plan(c.body);
    EXPECT_EQ(answer.status, c.status);
    EXPECT_NE(answer.message().find(c.message), std::string::npos) << answer.body;
    EXPECT_FALSE(answer.code().empty());
  }
  EXPECT_EQ(simulator_.counters().writes, cases.size());
  EXPECT_EQ(simulator_.counters().writes_applied, 0U);
}

TEST_F(PricingWriteTest, KeepsEnforceAndAdditionalProperties) {
  client_->put_plan(
      R"({"properties":{"pricingTier":"Standard","enforce":"true","extensions":[
          {"name":"AIModelScanner","isEnabled":"True","additionalExtensionProperties":{"x":1}}]}})");
  client_->put_plan(plan_body("Standard", "AIModelScanner=True"));
  const auto properties = client_->get_plan().json["properties"];
  EXPECT_EQ(properties["enforce"], "True");
  EXPECT_EQ(properties["extensions"][2]["additionalExtensionProperties"]["x"], 1);
  simulator_.set_behaviour([](Behaviour& b) { b.omitted_enforce_resets = true; });
  client_->put_plan(plan_body("Standard"));
  EXPECT_EQ(client_->get_plan().json["properties"]["enforce"], "False");
}

TEST_F(PricingWriteTest, AnOldApiVersionIgnoresExtensions) {
  stand(true, kThree);
  const Answer answer = client_->send("PUT",
                                      "/subscriptions/" + kSub +
                                          "/providers/Microsoft.Security/pricings/AI"
                                          "?api-version=2022-03-01",
                                      plan_body("Standard", "AIPromptEvidence=False"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(extensions_of(answer), "none");
  EXPECT_TRUE(simulator_.plan(kSub).has_on("AIPromptEvidence"));
}

TEST_F(PricingWriteTest, OtherPlansHaveTheirOwnState) {
  const Answer answer = client_->put_plan(
      R"({"properties":{"pricingTier":"Standard","subPlan":"P1"}})", kSub, "virtualmachines");
  EXPECT_EQ(answer.json["properties"]["subPlan"], "P1");
  EXPECT_EQ(client_->get_plan(kSub, "VirtualMachines").json["properties"]["pricingTier"],
            "Standard");
  EXPECT_FALSE(simulator_.plan(kSub).on);
}

TEST_F(PricingWriteTest, OneWriteAtATimeForEachSubscription) {
  simulator_.add({.id = kOther});
  simulator_.inject(Fault::held(Operation::Write).at(kSub));
  Answer first;
  std::thread writer([&] {
    TestClient client(simulator_);
    client.log_in();
    first = client.put_plan(plan_body("Standard"));
  });
  ASSERT_TRUE(simulator_.wait_for([&] { return simulator_.held() == 1; }));
  const Answer second = client_->put_plan(plan_body("Standard"), kSub, "VirtualMachines");
  EXPECT_EQ(second.status, 409);
  EXPECT_EQ(second.code(), "Conflict");
  EXPECT_EQ(second.message(),
            "Another update operation is in progress. Please retry in a few minutes");
  EXPECT_EQ(client_->get_plan().status, 200) << "reads go on";
  EXPECT_EQ(client_->put_plan(plan_body("Standard"), kOther).status, 200) << "others go on";
  EXPECT_FALSE(simulator_.plan(kSub).on);
  simulator_.release_held();
  writer.join();
  EXPECT_EQ(first.status, 200);
  EXPECT_TRUE(simulator_.plan(kSub).on);
  EXPECT_EQ(simulator_.counters(kSub).in_flight_peak, 2);
  EXPECT_EQ(simulator_.counters(kOther).in_flight_peak, 1);
}

TEST_F(PricingWriteTest, CoolsDownByTheSimulatorsClock) {
  simulator_.set_behaviour([](Behaviour& b) {
    b.write_cool_down = std::chrono::seconds(12);
    b.put_status = 201;
  });
  EXPECT_EQ(client_->put_plan(plan_body("Standard")).status, 201);
  EXPECT_EQ(client_->put_plan(plan_body("Free")).code(), "Conflict");
  simulator_.advance(std::chrono::seconds(13));
  EXPECT_EQ(client_->put_plan(plan_body("Free")).status, 201);
}

}  // namespace
}  // namespace armsim
