// IMDS and App Service's identity endpoint.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "armsim/simulator.h"
#include "armsim/test_client.h"
#include "support/fake_clock.h"

namespace armsim {
namespace {

const std::string kResource = "&resource=https%3A%2F%2Fmanagement.azure.com%2F";

class ManagedIdentityTest : public testing::Test {
 protected:
  ManagedIdentityTest() {
    EXPECT_TRUE(simulator_.start());
    simulator_.add({.id = kSub});
    client_ = std::make_unique<TestClient>(simulator_);
  }

  Answer imds(const std::string& query, const httplib::Headers& headers = {{"Metadata", "true"}}) {
    return client_->send("GET", "/metadata/identity/oauth2/token?" + query, "", headers);
  }
  Answer app_service(const std::string& query, const std::string& secret) {
    return client_->send("GET", "/msi/token?" + query, "", {{"X-IDENTITY-HEADER", secret}});
  }

  defenderd::FakeClock clock_;
  const ManagedIdentity identity_;
  Simulator simulator_{{.tls = Tls::None, .clock = &clock_}};
  std::unique_ptr<TestClient> client_;
};

TEST_F(ManagedIdentityTest, ImdsAnswersNumbersAsText) {
  const Answer answer = imds("api-version=2018-02-01" + kResource);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json["token_type"], "Bearer");
  EXPECT_EQ(answer.json["expires_in"], "3599");
  EXPECT_EQ(answer.json["not_before"], "1767225600");
  EXPECT_EQ(answer.json["expires_on"], "1767229199");
  EXPECT_EQ(answer.json["refresh_token"], "");
  EXPECT_EQ(answer.json["resource"], "https://management.azure.com/");
  client_->use_token(answer.json["access_token"]);
  EXPECT_EQ(client_->get_plan().status, 200);
}

TEST_F(ManagedIdentityTest, ImdsRefuses) {
  const std::string good = "api-version=2018-02-01" + kResource;
  struct Case {
    std::string what, query;
    httplib::Headers headers;
    std::string error;
  };
  const httplib::Headers metadata = {{"Metadata", "true"}};
  const std::vector<Case> cases = {
      {"no header", good, {}, "bad_request_102"},
      {"the header in another case", good, {{"Metadata", "True"}}, "bad_request_102"},
      {"a proxy in between",
       good,
       {{"Metadata", "true"}, {"X-Forwarded-For", "10.0.0.1"}},
       "bad_request_103"},
      {"no api-version", kResource.substr(1), metadata, "bad_request_101"},
      {"no resource", "api-version=2018-02-01", metadata, "invalid_request"},
      {"a scope instead", "api-version=2018-02-01&resource=https://management.azure.com/.default",
       metadata, "invalid_resource"},
      {"another identity", good + "&client_id=" + kOther, metadata, "invalid_request"},
  };
  for (const Case& c : cases) {
    const Answer answer = imds(c.query, c.headers);
    EXPECT_EQ(answer.status, 400) << c.what;
    EXPECT_EQ(answer.code(), c.error) << c.what;
    EXPECT_FALSE(answer.json["error_description"].get<std::string>().empty()) << c.what;
  }
}

TEST_F(ManagedIdentityTest, ImdsIsGoneForAWhile) {
  simulator_.set_imds_gone(2);
  const std::string good = "api-version=2018-02-01" + kResource;
  EXPECT_EQ(imds(good).status, 410);
  EXPECT_EQ(imds(good).status, 410);
  EXPECT_EQ(imds(good).status, 200);
}

TEST_F(ManagedIdentityTest, KnowsTheIdentityByEachOfItsNames) {
  for (const std::string& id :
       {"client_id=" + identity_.client_id, "object_id=" + identity_.object_id,
        "msi_res_id=" + identity_.resource_id}) {
    EXPECT_EQ(imds("api-version=2018-02-01" + kResource + "&" + id).status, 200) << id;
  }
  for (const std::string& id :
       {"client_id=" + identity_.client_id, "principal_id=" + identity_.object_id,
        "mi_res_id=" + identity_.resource_id}) {
    EXPECT_EQ(
        app_service("api-version=2019-08-01" + kResource + "&" + id, identity_.identity_header)
            .status,
        200)
        << id;
  }
}

TEST_F(ManagedIdentityTest, AppServiceAnswersExpiresOnAlone) {
  const Answer answer =
      app_service("api-version=2019-08-01" + kResource, identity_.identity_header);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json["expires_on"], "1767229199");
  EXPECT_FALSE(answer.json.contains("expires_in"));
  client_->use_token(answer.json["access_token"]);
  EXPECT_EQ(client_->get_plan().status, 200);
}

TEST_F(ManagedIdentityTest, AppServiceRefuses) {
  const std::string& secret = identity_.identity_header;
  EXPECT_EQ(app_service("api-version=2019-08-01" + kResource, "wrong").status, 401);
  EXPECT_EQ(app_service("api-version=2017-09-01" + kResource, secret).status, 400);
  EXPECT_EQ(app_service("api-version=2019-08-01", secret).status, 400);
  EXPECT_EQ(
      app_service("api-version=2019-08-01" + kResource + "&client_id=" + kOther, secret).status,
      400);
}

}  // namespace
}  // namespace armsim
