// What ARM refuses before the resource provider sees a request.

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "armsim/simulator.h"
#include "armsim/test_client.h"
#include "support/fake_clock.h"

namespace armsim {
namespace {

const std::string kTenant2 = "1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9";

class ArmGateTest : public testing::Test {
 protected:
  ArmGateTest() {
    EXPECT_TRUE(simulator_.start());
    simulator_.add({.id = kSub});
    client_ = std::make_unique<TestClient>(simulator_);
    client_->log_in();
  }

  Simulator simulator_{{.tls = Tls::None, .tenants = {std::string(kTenant), kTenant2}}};
  std::unique_ptr<TestClient> client_;
};

TEST_F(ArmGateTest, ChecksTheBearerToken) {
  struct Case {
    std::string what;
    std::function<void(TestClient&)> prepare;
    std::string code, message, failure_cause;
  };
  const std::vector<Case> cases = {
      {"none", [](TestClient& client) { client.use_token(""); }, "AuthenticationFailed",
       "The 'Authorization' header is missing", ""},
      {"unknown", [](TestClient& client) { client.use_token("eyJ.x.y"); },
       "InvalidAuthenticationToken", "The access token is invalid.", ""},
      {"of another tenant", [](TestClient& client) { client.log_in(kTenant2); },
       "InvalidAuthenticationTokenTenant", "https://sts.windows.net/" + kTenant2, ""},
      {"expired",
       [this](TestClient& client) {
         client.log_in();
         simulator_.advance(std::chrono::hours(2));
       },
       "ExpiredAuthenticationToken", "is earlier than current UTC time", "gateway"},
      {"revoked",
       [this](TestClient& client) {
         client.log_in();
         simulator_.revoke_tokens();
       },
       "ExpiredAuthenticationToken", "access token expiry UTC time", "gateway"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    c.prepare(*client_);
    const Answer answer = client_->get_plan();
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.code(), c.code);
    EXPECT_NE(answer.message().find(c.message), std::string::npos) << answer.body;
    EXPECT_EQ(answer.header("X-Ms-Failure-Cause"), c.failure_cause);
    EXPECT_EQ(answer.header("WWW-Authenticate").find("Bearer authorization_uri=\""), 0U);
    EXPECT_NE(answer.header("WWW-Authenticate").find(std::string(kTenant)), std::string::npos);
  }
}

TEST_F(ArmGateTest, AnswersTheStateOfTheSubscription) {
  struct Case {
    std::string what;
    std::function<void(Subscription&)> change;
    int read, write;
    std::string code, message;  // of the write
  };
  const std::vector<Case> cases = {
      {"healthy", [](Subscription&) {}, 200, 200, "", ""},
      {"warned", [](Subscription& s) { s.state = "Warned"; }, 200, 200, "", ""},
      {"past due", [](Subscription& s) { s.state = "PastDue"; }, 200, 200, "", ""},
      {"disabled", [](Subscription& s) { s.state = "Disabled"; }, 200, 409,
       "ReadOnlyDisabledSubscription", "is disabled and therefore marked as read only"},
      {"deleted", [](Subscription& s) { s.state = "Deleted"; }, 404, 404, "SubscriptionNotFound",
       "The subscription '" + kSub + "' could not be found."},
      {"no role", [](Subscription& s) { s.access = Access::None; }, 403, 403, "AuthorizationFailed",
       "does not have authorization to perform action 'Microsoft.Security/pricings/write' over "
       "scope '/subscriptions/" +
           kSub + "'"},
      {"a reader", [](Subscription& s) { s.access = Access::Read; }, 200, 403,
       "AuthorizationFailed", "with object id '"},
      {"locked", [](Subscription& s) { s.locked = true; }, 200, 409, "ScopeLocked",
       "Please remove the lock"},
      {"denied by policy", [](Subscription& s) { s.denied_by_policy = true; }, 200, 403,
       "RequestDisallowedByPolicy", "disallowed by policy"},
      {"another tenant's", [](Subscription& s) { s.tenant = kTenant2; }, 401, 401,
       "InvalidAuthenticationTokenTenant", "up to an hour"},
      {"not registered", [](Subscription& s) { s.registration = Registration::NotRegistered; }, 404,
       404, "Subscription Not Registered", "Please register to Microsoft.Security"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    simulator_.remove(kSub);
    simulator_.add({.id = kSub});
    simulator_.update(kSub, c.change);
    EXPECT_EQ(client_->get_plan().status, c.read);
    const Answer write = client_->put_plan(plan_body("Standard"));
    EXPECT_EQ(write.status, c.write);
    EXPECT_EQ(write.code(), c.code);
    EXPECT_NE(write.message().find(c.message), std::string::npos) << write.body;
    const bool policy = c.what == "denied by policy";
    EXPECT_EQ(
        write.body.find(R"("additionalInfo":[{"type":"PolicyViolation")") != std::string::npos,
        policy);
  }
}

TEST_F(ArmGateTest, UnknownAndMalformedSubscriptions) {
  EXPECT_EQ(client_->get_plan(kOther).code(), "SubscriptionNotFound");
  const Answer malformed = client_->get_plan("not-a-guid");
  EXPECT_EQ(malformed.status, 400);
  EXPECT_EQ(malformed.code(), "InvalidSubscriptionId");
}

TEST_F(ArmGateTest, SaysNotRegisteredInFourWays) {
  simulator_.update(kSub, [](Subscription& s) { s.registration = Registration::Unregistered; });
  struct Case {
    Unregistered way;
    int status;
    std::string code;
  };
  const std::vector<Case> cases = {
      {Unregistered::SpacedCode, 404, "Subscription Not Registered"},
      {Unregistered::PlainMessage, 404, "NotFound"},
      {Unregistered::JoinedCode, 404, "SubscriptionNotRegistered"},
      {Unregistered::ArmGeneric, 409, "MissingSubscriptionRegistration"},
  };
  for (const Case& c : cases) {
    simulator_.set_behaviour([&](Behaviour& behaviour) { behaviour.unregistered = c.way; });
    const Answer answer = client_->get_plan();
    EXPECT_EQ(answer.status, c.status);
    EXPECT_EQ(answer.code(), c.code);
    const bool generic = c.way == Unregistered::ArmGeneric;
    EXPECT_EQ(answer.body.find(R"("target":"Microsoft.Security")") != std::string::npos, generic);
  }
}

TEST_F(ArmGateTest, CarriesArmsHeaders) {
  const httplib::Headers ours = {{"x-ms-client-request-id", "11111111-1111-4111-8111-111111111111"},
                                 {"x-ms-correlation-request-id", "the-clients-own"}};
  const std::string path =
      "/subscriptions/" + kSub + "/providers/Microsoft.Security/pricings/AI?api-version=2024-01-01";
  const Answer first = client_->send("GET", path, "", ours);
  EXPECT_EQ(first.header("x-ms-request-id").size(), 36U);
  EXPECT_EQ(first.header("x-ms-correlation-request-id"), "the-clients-own");
  EXPECT_EQ(first.header("x-ms-routing-request-id").find("WESTEUROPE:"), 0U);
  EXPECT_EQ(first.header("x-ms-client-request-id"), "") << "only when asked for";
  EXPECT_EQ(first.header("x-ms-ratelimit-remaining-subscription-resource-requests"), "749");
  httplib::Headers echo = ours;
  echo.emplace("x-ms-return-client-request-id", "true");
  const Answer second = client_->send("GET", path, "", echo);
  EXPECT_EQ(second.header("x-ms-client-request-id"), "11111111-1111-4111-8111-111111111111");
  EXPECT_NE(second.header("x-ms-request-id"), first.header("x-ms-request-id"));
  EXPECT_EQ(second.header("x-ms-ratelimit-remaining-subscription-resource-requests"), "748");
  EXPECT_EQ(client_->put_plan(plan_body("Free"))
                .header("x-ms-ratelimit-remaining-subscription-resource-requests"),
            "249");
}

TEST(ArmGateThrottleTest, ThrottlesByATokenBucket) {
  defenderd::FakeClock clock;
  Simulator simulator({.tls = Tls::None, .clock = &clock});
  ASSERT_TRUE(simulator.start());
  simulator.add({.id = kSub});
  simulator.add({.id = kOther});
  simulator.set_behaviour([](Behaviour& behaviour) { behaviour.read_bucket = {2, 0.5}; });
  TestClient client(simulator);
  client.log_in();
  EXPECT_EQ(client.get_plan().status, 200);
  EXPECT_EQ(client.get_plan().status, 200);
  const Answer throttled = client.get_plan();
  EXPECT_EQ(throttled.status, 429);
  EXPECT_EQ(throttled.code(), "SubscriptionRequestsThrottled");
  EXPECT_EQ(throttled.header("Retry-After"), "2");
  EXPECT_NE(throttled.message().find("Please try again after '2' seconds"), std::string::npos);
  EXPECT_EQ(client.get_plan(kOther).status, 200) << "each subscription has its own";
  EXPECT_EQ(client.put_plan(plan_body("Free")).status, 200) << "writes have their own";
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(client.get_plan().header("Retry-After"), "1");
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(client.get_plan().status, 200);
}

TEST(ArmGateThrottleTest, OneBucketForAllSubscriptionsOfATenant) {
  constexpr auto kHeader = "x-ms-ratelimit-remaining-subscription-reads";
  defenderd::FakeClock clock;
  Simulator simulator({.tls = Tls::None, .clock = &clock});
  ASSERT_TRUE(simulator.start());
  simulator.add({.id = kSub});
  simulator.add({.id = kOther});
  simulator.set_behaviour([](Behaviour& behaviour) {
    behaviour.read_bucket = {3, 1};
    behaviour.buckets_shared = true;
  });
  TestClient client(simulator);
  client.log_in();
  EXPECT_EQ(client.get_plan().header(kHeader), "2");
  EXPECT_EQ(client.get_plan(kOther).header(kHeader), "1");
  EXPECT_EQ(client.get_plan().header(kHeader), "0");
  EXPECT_EQ(client.get_plan(kOther).status, 429);
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(client.get_plan(kOther).status, 200);
}

}  // namespace
}  // namespace armsim
