// Entra's token endpoint with a secret or a federated token, and what clients discover before.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "armsim/simulator.h"
#include "armsim/test_client.h"
#include "support/fake_clock.h"

namespace armsim {
namespace {

const std::string kJwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

class EntraTest : public testing::Test {
 protected:
  EntraTest() {
    EXPECT_TRUE(simulator_.start());
    simulator_.add({.id = kSub});
    client_ = std::make_unique<TestClient>(simulator_);
  }

  defenderd::FakeClock clock_;
  Simulator simulator_{{.tls = Tls::None, .federated_tokens = {"kube.token.1"}, .clock = &clock_}};
  std::unique_ptr<TestClient> client_;
};

httplib::Params with(const std::string& name, const std::string& value) {
  httplib::Params form = token_form();
  form.erase(name);
  if (!value.empty()) form.emplace(name, value);
  return form;
}

TEST_F(EntraTest, IssuesATokenThatArmTakes) {
  simulator_.set_behaviour([](Behaviour& b) { b.token_lifetime = std::chrono::seconds(90); });
  const Answer answer = client_->ask_token(token_form());
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json["token_type"], "Bearer");
  EXPECT_TRUE(answer.json["expires_in"].is_number_integer());
  EXPECT_EQ(answer.json["expires_in"], 90);
  EXPECT_FALSE(answer.json.contains("refresh_token"));
  client_->use_token(answer.json["access_token"]);
  EXPECT_EQ(client_->get_plan().status, 200);
  EXPECT_EQ(simulator_.requests().back().token, 1U);
  clock_.advance(std::chrono::seconds(89));
  EXPECT_EQ(client_->get_plan().status, 200);
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(client_->get_plan().code(), "ExpiredAuthenticationToken");
}

TEST_F(EntraTest, EveryTokenIsAnother) {
  const std::string first = client_->ask_token(token_form()).json["access_token"];
  const std::string second = client_->ask_token(token_form()).json["access_token"];
  EXPECT_NE(first, second);
}

TEST_F(EntraTest, AcceptsTheScopesThatRealClientsSend) {
  for (const std::string& scope :
       {std::string("https://management.azure.com/.default"),
        std::string("https://management.azure.com//.default"),
        std::string("https://management.core.windows.net//.default"),
        std::string("https://management.usgovcloudapi.net/.default"),
        simulator_.base_url() + "/.default", simulator_.base_url() + "//.default"}) {
    EXPECT_EQ(client_->ask_token(with("scope", scope)).status, 200) << scope;
  }
  EXPECT_EQ(client_
                ->send("POST", "/adfs/oauth2/token",
                       "client_id=" + std::string(kClientId) +
                           "&client_secret=Sim~not.a.secret-8Q~%2B/%3D%26%25"
                           "&grant_type=client_credentials"
                           "&resource=https://management.azure.com/",
                       {{"Content-Type", "application/x-www-form-urlencoded"}})
                .status,
            200);
}

TEST_F(EntraTest, RefusesWithEntrasErrors) {
  struct Case {
    std::string what;
    httplib::Params form;
    std::string tenant;
    int status;
    std::string error;
    int number;
  };
  const std::string tenant(kTenant);
  httplib::Params untyped = with("client_secret", "");
  untyped.emplace("client_assertion", "kube.token.1");
  httplib::Params unknown = untyped;
  unknown.emplace("client_assertion_type", kJwtBearer);
  unknown.erase("client_assertion");
  unknown.emplace("client_assertion", "kube.token.2");
  const std::vector<Case> cases = {
      {"wrong secret", with("client_secret", "wrong"), tenant, 401, "invalid_client", 7000215},
      {"no secret", with("client_secret", ""), tenant, 401, "invalid_client", 7000218},
      {"unknown application", with("client_id", kOther), tenant, 400, "unauthorized_client",
       700016},
      {"unknown tenant", token_form(), kOther, 400, "invalid_request", 90002},
      {"no grant", with("grant_type", ""), tenant, 400, "invalid_request", 900144},
      {"another grant", with("grant_type", "password"), tenant, 400, "unsupported_grant_type",
       70003},
      {"no .default", with("scope", "https://management.azure.com/user"), tenant, 400,
       "invalid_scope", 1002012},
      {"another audience", with("scope", "https://vault.azure.net/.default"), tenant, 400,
       "invalid_resource", 500011},
      {"no type of assertion", untyped, tenant, 400, "invalid_request", 900144},
      {"unknown federated token", unknown, tenant, 401, "invalid_client", 70021},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const Answer answer = client_->ask_token(c.form, c.tenant);
    EXPECT_EQ(answer.status, c.status) << answer.body;
    EXPECT_EQ(answer.code(), c.error);
    ASSERT_TRUE(answer.json.contains("error_codes"));
    EXPECT_EQ(answer.json["error_codes"], nlohmann::json({c.number}));
    EXPECT_EQ(answer.message().find("AADSTS" + std::to_string(c.number) + ": "), 0U);
    for (const char* part :
         {" Trace ID: ", " Correlation ID: ", " Timestamp: 2026-01-01 00:00:00Z"})
      EXPECT_NE(answer.message().find(part), std::string::npos) << part;
    EXPECT_EQ(answer.json["trace_id"], answer.header("x-ms-request-id"));
  }
}

TEST_F(EntraTest, TakesTheFederatedTokenOfTheDay) {
  httplib::Params form = with("client_secret", "");
  form.emplace("client_assertion_type", kJwtBearer);
  form.emplace("client_assertion", "kube.token.1");
  EXPECT_EQ(client_->ask_token(form).status, 200);
  simulator_.set_federated_tokens({"kube.token.2"});
  EXPECT_EQ(client_->ask_token(form).code(), "invalid_client");
}

TEST_F(EntraTest, TakesTheSecretOfTheDay) {
  simulator_.set_client_secret("rotated");
  EXPECT_EQ(client_->ask_token(token_form()).status, 401);
  EXPECT_EQ(client_->ask_token(with("client_secret", "rotated")).status, 200);
}

TEST_F(EntraTest, DescribesItself) {
  const std::string base = simulator_.base_url();
  struct Case {
    std::string path, issuer, token_endpoint;
  };
  const std::string tenant = base + "/" + std::string(kTenant);
  const std::vector<Case> cases = {
      {"/" + std::string(kTenant) + "/v2.0/.well-known/openid-configuration", tenant + "/v2.0",
       tenant + "/oauth2/v2.0/token"},
      {"/adfs/.well-known/openid-configuration", base + "/adfs", base + "/adfs/oauth2/token"},
  };
  for (const Case& c : cases) {
    const Answer answer = client_->send("GET", c.path);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.json["issuer"], c.issuer);
    EXPECT_EQ(answer.json["token_endpoint"], c.token_endpoint);
    EXPECT_TRUE(answer.json.contains("jwks_uri"));
    EXPECT_TRUE(answer.json.contains("authorization_endpoint"));
  }
  EXPECT_EQ(client_->send("GET", "/" + kOther + "/v2.0/.well-known/openid-configuration").status,
            400);
  const Answer metadata = client_->send("GET", "/metadata/endpoints?api-version=2022-09-01");
  EXPECT_EQ(metadata.json["resourceManager"], base);
  EXPECT_EQ(metadata.json["authentication"]["loginEndpoint"], base);
  EXPECT_TRUE(metadata.json["authentication"]["audiences"].is_array());
}

TEST_F(EntraTest, TheLogHidesWhatIsSecret) {
  client_->log_in();
  client_->get_plan();
  for (const LoggedRequest& request : simulator_.requests()) {
    std::string all = request.body + request.query + request.answer;
    for (const auto& [name, value] : request.headers) all += name + ": " + value;
    EXPECT_EQ(all.find("Sim~not"), std::string::npos) << all;
    EXPECT_EQ(all.find("sim-"), std::string::npos) << all;
  }
  EXPECT_EQ(simulator_.requests().back().header("authorization"), "<hidden>");
  EXPECT_NE(simulator_.requests().front().body.find("client_secret=<hidden>"), std::string::npos);
}

}  // namespace
}  // namespace armsim
