// Injected faults: whom they hit, what arrives, and whether the request was carried out.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "armsim/simulator.h"
#include "armsim/test_client.h"

namespace armsim {
namespace {

class FaultsTest : public testing::TestWithParam<Tls> {
 protected:
  FaultsTest() {
    EXPECT_TRUE(simulator_.start());
    simulator_.add({.id = kSub});
    simulator_.add({.id = kOther});
    client_ = std::make_unique<TestClient>(simulator_);
    client_->http().enable_server_certificate_verification(false);
    client_->log_in();
  }

  Simulator simulator_{{.tls = GetParam()}};
  std::unique_ptr<TestClient> client_;
};

INSTANTIATE_TEST_SUITE_P(Wire, FaultsTest, testing::Values(Tls::None, Tls::OwnCa),
                         [](const auto& tls) { return tls.param == Tls::None ? "Http" : "Https"; });

TEST_P(FaultsTest, WritesAreCarriedOutOrNot) {
  struct Case {
    FaultKind kind;
    bool arrives;
    int status;
    bool carried_out;
  };
  const std::vector<Case> cases = {
      {FaultKind::Answer, true, 500, false},
      {FaultKind::AnswerAfterEffect, true, 504, true},
      {FaultKind::DropBeforeEffect, false, 0, false},
      {FaultKind::DropAfterEffect, false, 0, true},
      {FaultKind::Truncate, false, 0, true},
      {FaultKind::Drip, true, 200, true},
      {FaultKind::ReplaceBody, true, 200, true},
      {FaultKind::HugeBody, true, 200, true},
      {FaultKind::Slow, true, 200, true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(to_string(c.kind));
    simulator_.advance(std::chrono::minutes(1));  // no lock of an earlier write is left
    simulator_.update(kSub, [](Subscription& subscription) { subscription.plan.on = false; });
    simulator_.clear_log();
    Fault fault = Fault::of(c.kind, Operation::Write);
    fault.delay = std::chrono::milliseconds(1);
    if (c.kind == FaultKind::Drip) fault.bytes = 300;
    if (c.kind == FaultKind::HugeBody) fault.bytes = 2'000'000;
    simulator_.inject(fault);
    const Answer answer = client_->put_plan(plan_body("Standard"));
    EXPECT_EQ(answer.arrived, c.arrives);
    EXPECT_EQ(answer.status, c.status);
    EXPECT_EQ(simulator_.plan(kSub).on, c.carried_out);
    EXPECT_EQ(simulator_.counters().writes, 1U);
    EXPECT_EQ(simulator_.counters().writes_applied, c.carried_out ? 1U : 0U);
    EXPECT_EQ(simulator_.counters().faulted, 1U);
    const LoggedRequest entry = simulator_.requests().back();
    EXPECT_TRUE(entry.faulted);
    EXPECT_EQ(entry.carried_out, c.carried_out);
    EXPECT_EQ(simulator_.faults_left(), 0U);
    EXPECT_EQ(client_->get_plan().status, 200) << "the next request is served again";
  }
}

TEST_P(FaultsTest, BodiesThatAreNoPricing) {
  Fault garbage = Fault::of(FaultKind::ReplaceBody, Operation::Read);
  simulator_.inject(garbage);
  EXPECT_EQ(client_->get_plan().body, "<html>this is not JSON");
  garbage.message = R"({"properties": []})";
  simulator_.inject(garbage);
  EXPECT_EQ(client_->get_plan().body, R"({"properties": []})");
  Fault huge = Fault::of(FaultKind::HugeBody, Operation::Read);
  huge.bytes = 3'000'000;
  simulator_.inject(huge);
  const Answer answer = client_->get_plan();
  EXPECT_GT(answer.body.size(), 3'000'000U);
  EXPECT_TRUE(answer.json.is_object());
}

TEST_P(FaultsTest, AnAnswerHasCodeMessageAndRetryAfter) {
  simulator_.inject(Fault::throttle(Operation::Read, "0"));
  const Answer throttled = client_->get_plan();
  EXPECT_EQ(throttled.status, 429);
  EXPECT_EQ(throttled.code(), "TooManyRequests");
  EXPECT_EQ(throttled.header("Retry-After"), "0");
  EXPECT_EQ(throttled.header("x-ms-request-id").size(), 36U);
  simulator_.inject(Fault::answer(Operation::Token, 503, "temporarily_unavailable", "later"));
  EXPECT_EQ(client_->ask_token(token_form()).status, 503);
  EXPECT_EQ(simulator_.requests().back().arm_code, "temporarily_unavailable");
}

TEST_P(FaultsTest, AnAnswerHasTheFormOfTheServiceThatWasAsked) {
  const auto inject = [this](Operation operation, const std::string& code) {
    simulator_.inject(Fault::answer(operation, 401, code, "No."));
  };
  inject(Operation::Token, "invalid_client AADSTS7000222");
  Answer answer = client_->ask_token(token_form());
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.json["error"], "invalid_client");
  EXPECT_EQ(answer.json["error_codes"], nlohmann::json({7000222}));
  EXPECT_EQ(answer.json["error_description"].get<std::string>().find("AADSTS7000222: No."), 0U);
  inject(Operation::Token, "AADSTS7000222");
  EXPECT_EQ(client_->ask_token(token_form()).json["error"], "invalid_client");
  inject(Operation::Token, "invalid_grant");
  answer = client_->ask_token(token_form());
  EXPECT_EQ(answer.json["error"], "invalid_grant");
  EXPECT_EQ(answer.json["error_codes"], nlohmann::json::array());
  inject(Operation::Token, "invalid_request");
  answer = client_->send("GET", "/metadata/identity/oauth2/token");
  EXPECT_EQ(answer.json,
            nlohmann::json({{"error", "invalid_request"}, {"error_description", "No."}}));
  inject(Operation::Token, "invalid_request");
  answer = client_->send("GET", "/msi/token");
  EXPECT_EQ(answer.json, nlohmann::json({{"statusCode", 401}, {"message", "No."}}));
  inject(Operation::Activity, "Forbidden");
  answer = client_->send("GET", "/subscriptions/" + kSub +
                                    "/providers/Microsoft.Insights/eventtypes/management/values");
  EXPECT_EQ(answer.json, nlohmann::json({{"code", "Forbidden"}, {"message", "No."}}));
  EXPECT_EQ(simulator_.requests().back().arm_code, "Forbidden");
}

TEST_P(FaultsTest, HitsWhatItNames) {
  simulator_.inject(Fault::answer(Operation::Read, 500, "A").at(kSub).repeated(2));
  simulator_.inject(Fault::answer(Operation::List, 500, "B"));
  EXPECT_EQ(client_->get_plan(kOther).status, 200) << "another subscription";
  EXPECT_EQ(client_->put_plan(plan_body("Free")).status, 200) << "another operation";
  EXPECT_EQ(client_->get_plan().code(), "A");
  EXPECT_EQ(simulator_.faults_left(), 2U);
  EXPECT_EQ(client_->get_plan().code(), "A");
  EXPECT_EQ(client_->get_plan().status, 200) << "used up";
  EXPECT_EQ(simulator_.faults_left(), 1U);
  simulator_.clear_faults();
  EXPECT_EQ(simulator_.faults_left(), 0U);
}

TEST_P(FaultsTest, AProbabilityIsTheSameWithTheSameSeed) {
  const auto draw = [&](std::uint64_t seed) {
    simulator_.clear_faults();
    simulator_.inject(Fault::answer(Operation::Any, 500, "A").sometimes(0.3, seed));
    std::string pattern;
    for (int i = 0; i < 60; ++i) pattern += client_->get_plan().status == 500 ? 'x' : '.';
    return pattern;
  };
  const std::string first = draw(7);
  EXPECT_EQ(first, draw(7));
  EXPECT_NE(first, draw(8));
  const auto hits = std::count(first.begin(), first.end(), 'x');
  EXPECT_GT(hits, 6);
  EXPECT_LT(hits, 36);
}

TEST_P(FaultsTest, TruncatesAfterAGivenNumberOfBytes) {
  Fault fault = Fault::of(FaultKind::Truncate, Operation::Read);
  fault.bytes = 40;
  simulator_.inject(fault);
  std::string received;
  const auto result = client_->http().Get(
      "/metadata/endpoints", [](const httplib::Response&) { return true; },
      [](const char*, size_t) { return true; });
  EXPECT_TRUE(result) << "another operation";
  std::size_t announced = 0;
  const httplib::Headers token = {
      {"Authorization",
       "Bearer " + client_->ask_token(token_form()).json["access_token"].get<std::string>()}};
  const auto cut = client_->http().Get(
      "/subscriptions/" + kSub + "/providers/Microsoft.Security/pricings/AI?api-version=2024-01-01",
      token,
      [&](const httplib::Response& response) {
        announced = std::stoul(response.get_header_value("Content-Length"));
        return true;
      },
      [&](const char* data, size_t size) {
        received.append(data, size);
        return true;
      });
  EXPECT_FALSE(cut);
  EXPECT_GT(announced, 200U);
  EXPECT_EQ(received.size(), 40U);
}

}  // namespace
}  // namespace armsim
