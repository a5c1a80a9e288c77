// The switches that make the simulator as unkind as Azure can be.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "armsim/simulator.h"
#include "armsim/test_client.h"

namespace armsim {
namespace {

using namespace std::chrono_literals;

class SwitchesTest : public testing::Test {
 protected:
  SwitchesTest() {
    EXPECT_TRUE(simulator_.start());
    simulator_.add({.id = kSub});
    simulator_.update(kSub, [](Subscription& subscription) {
      subscription.plan.on = true;
      subscription.plan.set("AIPromptEvidence", true);
    });
    client_ = std::make_unique<TestClient>(simulator_);
    client_->log_in();
  }
  void flip(const std::string& name, const std::string& value) {
    simulator_.set_behaviour([&](Behaviour& behaviour) {
      EXPECT_TRUE(set_behaviour(behaviour, name, value)) << name << "=" << value;
    });
  }
  Answer put(const std::string& extensions) {
    simulator_.advance(1min);  // no lock of an earlier write is left
    return client_->put_plan(plan_body("Standard", extensions));
  }
  std::string status_of(const Answer& answer, const std::string& extension) {
    for (const auto& each : answer.json["properties"]["extensions"]) {
      if (each["name"] == extension && each.contains("operationStatus"))
        return each["operationStatus"]["code"].get<std::string>();
    }
    return "";
  }

  Simulator simulator_{{.tls = Tls::None}};
  std::unique_ptr<TestClient> client_;
};

TEST_F(SwitchesTest, AWriteLocksTheSubscriptionForSeconds) {
  EXPECT_EQ(client_->put_plan(plan_body("Standard", "AIModelScanner=True")).status, 200);
  const Answer second = client_->put_plan(plan_body("Standard", "AIModelScanner=False"));
  EXPECT_EQ(second.status, 409);
  EXPECT_EQ(second.code(), "Conflict");
  simulator_.advance(6s);
  EXPECT_EQ(client_->put_plan(plan_body("Standard", "AIModelScanner=False")).status, 200);
}

TEST_F(SwitchesTest, AChangeBySomebodyElseLocksItToo) {
  const auto change = [this](const Caller& caller) {
    simulator_.update(
        kSub, [](Subscription& it) { it.plan.set("AIModelScanner", true); }, caller);
  };
  change(Caller::user("alice@contoso.com"));
  EXPECT_EQ(client_->put_plan(plan_body("Standard")).code(), "Conflict");
  simulator_.advance(6s);
  EXPECT_EQ(client_->put_plan(plan_body("Standard")).status, 200);
  simulator_.advance(6s);
  simulator_.update(
      kSub, [](Subscription& it) { it.ai_accounts.emplace_back(); },
      Caller::user("alice@contoso.com"));
  change(Caller());
  EXPECT_EQ(client_->put_plan(plan_body("Standard")).status, 200)
      << "neither an account nor the service itself does";
}

TEST_F(SwitchesTest, UnknownExtensions) {
  flip("unknown_extensions", "refused");
  EXPECT_EQ(put("AISurprise=True").status, 400);
  EXPECT_EQ(put("AIModelScanner=True,aipromptevidence=False").status, 200) << "these are known";
  flip("unknown_extensions", "ignored");
  const Answer ignored = put("AISurprise=True");
  EXPECT_EQ(ignored.status, 200);
  EXPECT_EQ(extensions_of(ignored), "AIPromptEvidence=False AIModelScanner=True");
  EXPECT_EQ(extensions_of(client_->get_plan()), extensions_of(ignored));
  flip("unknown_extensions", "stored");
  EXPECT_EQ(put("AISurprise=True").status, 200);
  flip("unknown_extensions", "refused");
  EXPECT_EQ(put("AISurprise=False").status, 200) << "what the plan has is known";
}

TEST_F(SwitchesTest, AFailureStaysInReads) {
  simulator_.update(kSub, [](Subscription& subscription) {
    subscription.failing_extensions["AIModelScanner"] = "no role";
  });
  EXPECT_EQ(status_of(put("AIModelScanner=True"), "AIModelScanner"), "Failed");
  EXPECT_EQ(status_of(client_->get_plan(), "AIModelScanner"), "") << "as recorded";
  flip("get_shows_failures", "true");
  EXPECT_EQ(status_of(client_->get_plan(), "AIModelScanner"), "Failed");
  simulator_.update(kSub,
                    [](Subscription& subscription) { subscription.failing_extensions.clear(); });
  put("AIPromptEvidence=False");
  EXPECT_EQ(status_of(client_->get_plan(), "AIModelScanner"), "Failed") << "it was not acted on";
  put("AIModelScanner=True");
  EXPECT_EQ(status_of(client_->get_plan(), "AIModelScanner"), "");
}

TEST_F(SwitchesTest, DisablingCanFailToo) {
  simulator_.update(kSub, [](Subscription& subscription) {
    subscription.failing_disables["AIPromptEvidence"] = "no role";
  });
  for (const bool reads_as_asked : {true, false}) {
    flip("failed_reads_as_asked", reads_as_asked ? "true" : "false");
    put("AIPromptEvidence=True");
    const Answer answer = put("AIPromptEvidence=False");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(status_of(answer, "AIPromptEvidence"), "Failed");
    EXPECT_EQ(extensions_of(answer), "AIPromptEvidence=False");
    EXPECT_EQ(simulator_.plan(kSub).has_on("AIPromptEvidence"), !reads_as_asked);
  }
}

TEST_F(SwitchesTest, TheBudgetOfTheHeaderIsReal) {
  constexpr auto kHeader = "x-ms-ratelimit-remaining-subscription-resource-requests";
  Answer answer;
  for (int i = 0; i < 750; ++i) answer = client_->get_plan();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header(kHeader), "0");
  answer = client_->get_plan();
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.code(), "ResourceRequestsThrottled");
  EXPECT_GT(std::stoi(answer.header("Retry-After")), 200);
  EXPECT_EQ(put("AIModelScanner=True").status, 200) << "writes have their own";
  flip("budget_throttles", "false");
  EXPECT_EQ(client_->get_plan().status, 200);
  flip("budget_throttles", "true");
  simulator_.advance(5min);
  EXPECT_EQ(client_->get_plan().header(kHeader), "749");
}

TEST_F(SwitchesTest, AWriteThatTimedOutLandsLater) {
  Fault fault = Fault::of(FaultKind::LandsLater, Operation::Write);
  fault.delay = 90s;
  simulator_.inject(fault);
  const Answer answer = client_->put_plan(plan_body("Standard", "AIPromptEvidence=False"));
  EXPECT_EQ(answer.status, 504);
  EXPECT_EQ(answer.code(), "GatewayTimeout");
  EXPECT_EQ(put("AIPromptEvidence=True").status, 409) << "the service still works on it";
  EXPECT_EQ(extensions_of(client_->get_plan()), "AIPromptEvidence=True");
  simulator_.advance(31s);
  EXPECT_EQ(extensions_of(client_->get_plan()), "AIPromptEvidence=False");
  EXPECT_FALSE(simulator_.plan(kSub).has_on("AIPromptEvidence"));
  EXPECT_EQ(simulator_.counters(kSub).writes_applied, 1U);
  EXPECT_EQ(put("AIPromptEvidence=True").status, 200);
}

TEST_F(SwitchesTest, AWriteOfMoreThanAMinuteIsAnsweredAtTheGatewaysTimeout) {
  flip("write_takes", "66s");
  Answer answer;
  std::thread writer([&] {
    TestClient client(simulator_);
    client.log_in();
    answer = client.put_plan(plan_body("Standard", "AIPromptEvidence=False"));
  });
  ASSERT_TRUE(simulator_.wait_for([&] { return simulator_.counters(kSub).in_flight == 1; }));
  simulator_.advance(60s);
  writer.join();
  EXPECT_EQ(answer.status, 504);
  EXPECT_EQ(answer.code(), "GatewayTimeout");
  flip("write_takes", "0s");
  EXPECT_EQ(client_->put_plan(plan_body("Standard")).status, 409) << "the service works on it";
  EXPECT_EQ(extensions_of(client_->get_plan()), "AIPromptEvidence=True");
  simulator_.advance(6s);
  EXPECT_EQ(extensions_of(client_->get_plan()), "AIPromptEvidence=False");
  EXPECT_EQ(simulator_.counters(kSub).writes_applied, 1U);
}

TEST_F(SwitchesTest, EachCallerHasItsOwnBudget) {
  constexpr auto kHeader = "x-ms-ratelimit-remaining-subscription-resource-requests";
  const auto ask_graph = [this] {
    return client_->send("POST",
                         "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01",
                         R"({"query": "resourcecontainers | project id"})");
  };
  flip("read_bucket", "2/0");
  flip("graph_quota", "1");
  EXPECT_EQ(client_->get_plan().header(kHeader), "749");
  EXPECT_EQ(client_->get_plan().header(kHeader), "748");
  EXPECT_EQ(client_->get_plan().status, 429);
  ask_graph();
  EXPECT_EQ(ask_graph().status, 429);
  const Answer identity = client_->send("GET",
                                        "/metadata/identity/oauth2/token?api-version=2018-02-01"
                                        "&resource=https%3A%2F%2Fmanagement.azure.com%2F",
                                        "", {{"Metadata", "true"}});
  client_->use_token(identity.json["access_token"]);
  EXPECT_EQ(client_->get_plan().header(kHeader), "749");
  EXPECT_NE(ask_graph().status, 429);
}

TEST_F(SwitchesTest, OnlyJsonIsTaken) {
  const std::string path =
      "/subscriptions/" + kSub + "/providers/Microsoft.Security/pricings/AI?api-version=2024-01-01";
  const auto put_as = [&](const std::string& type) {
    simulator_.advance(1min);
    return client_->send("PUT", path, plan_body("Standard"), {{"Content-Type", type}});
  };
  EXPECT_EQ(put_as("text/plain").status, 415);
  EXPECT_EQ(put_as("text/plain").code(), "UnsupportedMediaType");
  EXPECT_EQ(put_as("Application/JSON; charset=utf-8").status, 200);
  flip("json_only", "false");
  EXPECT_EQ(put_as("text/plain").status, 200);
}

TEST_F(SwitchesTest, ASubPlanMustBeOneOfThePlan) {
  const auto put_sub_plan = [&](const std::string& plan, const std::string& sub_plan) {
    simulator_.advance(1min);
    return client_->put_plan(
        R"({"properties":{"pricingTier":"Standard","subPlan":")" + sub_plan + R"("}})", kSub, plan);
  };
  EXPECT_EQ(put_sub_plan("AI", "P1").status, 400);
  EXPECT_EQ(put_sub_plan("AI", "").status, 200);
  EXPECT_EQ(put_sub_plan("VirtualMachines", "P2").status, 200);
  EXPECT_EQ(put_sub_plan("VirtualMachines", "P1 P2").status, 400);
  simulator_.update(kSub, [](Subscription& subscription) { subscription.plan.sub_plan = "Old"; });
  EXPECT_EQ(put_sub_plan("AI", "Old").status, 200) << "a retired one can be sent back";
  const Answer retired = put_sub_plan("KeyVaults", "PerTransaction");
  EXPECT_EQ(retired.status, 400);
  EXPECT_EQ(retired.code(), "InvalidInputError");
  EXPECT_EQ(put_sub_plan("KeyVaults", "PerKeyVault").status, 200);
  EXPECT_EQ(put_sub_plan("Arm", "PerApiCall").code(), "InvalidInputError");
  EXPECT_EQ(put_sub_plan("StorageAccounts", "PerTransaction").code(), "InvalidInputError");
  simulator_.update(kSub, [](Subscription& it) {
    it.other_plans["KeyVaults"].on = true;
    it.other_plans["KeyVaults"].sub_plan = "PerTransaction";
  });
  EXPECT_EQ(put_sub_plan("KeyVaults", "PerTransaction").status, 200) << "it may stay";
  flip("checks_sub_plan", "false");
  EXPECT_EQ(put_sub_plan("AI", "nonsense").status, 200);
}

TEST_F(SwitchesTest, ReadsCanLagBehind) {
  flip("read_lag", "14s");
  EXPECT_EQ(extensions_of(put("AIPromptEvidence=False")), "AIPromptEvidence=False");
  EXPECT_EQ(extensions_of(client_->get_plan()), "AIPromptEvidence=True");
  simulator_.advance(13s);
  EXPECT_EQ(extensions_of(client_->get_plan()), "AIPromptEvidence=True");
  simulator_.advance(2s);
  EXPECT_EQ(extensions_of(client_->get_plan()), "AIPromptEvidence=False");
}

TEST_F(SwitchesTest, TrialAndCoverage) {
  const auto shown = [this](const char* member) {
    return client_->get_plan().json["properties"][member].get<std::string>();
  };
  EXPECT_EQ(shown("freeTrialRemainingTime"), "PT0S");
  EXPECT_EQ(shown("resourcesCoverageStatus"), "FullyCovered");
  flip("trial_days", "29");
  flip("partially_covered", "true");
  EXPECT_EQ(shown("freeTrialRemainingTime"), "P29D");
  EXPECT_EQ(shown("resourcesCoverageStatus"), "PartiallyCovered");
  simulator_.update(kSub, [](Subscription& subscription) { subscription.plan = {}; });
  EXPECT_EQ(shown("freeTrialRemainingTime"), "PT0S");
  EXPECT_EQ(shown("resourcesCoverageStatus"), "NotCovered");
}

TEST(Switches, AllAreDocumented) {
  std::ifstream file(ARMSIM_README);
  const std::string readme{std::istreambuf_iterator<char>(file), {}};
  for (const BehaviourField& field : list_behaviour({})) {
    const std::string row = "| `" + field.name + "` | `" + field.value + "` |";
    EXPECT_NE(readme.find(row), std::string::npos) << row;
  }
}

}  // namespace
}  // namespace armsim
