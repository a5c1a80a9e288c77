#include "identity/managed_identity.h"

#include <vector>

#include "identity/identity_fixture.h"
#include "identity/token_cache.h"
#include "support/fake_transport.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using By = IdentityChoice::By;

const armsim::ManagedIdentity kIdentity;

class ManagedIdentityTest : public IdentityTest {
 protected:
  static ManagedIdentityOptions options(IdentityChoice identity = {}) {
    return {kAudience, std::move(identity), kHome, "defenderd/test"};
  }
  ImdsClient imds(IdentityChoice identity = {}) {
    return {*wire_, clock_, origin(), options(std::move(identity))};
  }
  AppServiceIdentity app_service(IdentityChoice identity = {}) {
    return {*wire_, clock_, [this] { return endpoint_; }, options(std::move(identity))};
  }
  void SetUp() override {
    IdentityTest::SetUp();
    endpoint_ = {world_.base_url() + "/msi/token", Secret(kIdentity.identity_header)};
  }

  IdentityEndpoint endpoint_;
};

TEST_F(ManagedIdentityTest, ImdsGivesATokenThatArmTakes) {
  const auto token = imds().fetch(std::nullopt, {});
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_EQ(token->expires, clock_.wall_now() + 3599s);
  EXPECT_TRUE(arm_takes(*token));
}

TEST_F(ManagedIdentityTest, ImdsIsAskedAsItsProtocolHasIt) {
  ASSERT_TRUE(imds().fetch(std::nullopt, {}));
  const auto request = last();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.path, "/metadata/identity/oauth2/token");
  EXPECT_EQ(request.api_version, "2018-02-01");
  EXPECT_EQ(request.header("Metadata"), "true");
  EXPECT_THAT(request.query, AllOf(HasSubstr("resource=https://management.azure.com/"),
                                   Not(HasSubstr(".default")), Not(HasSubstr("_id="))));
}

TEST_F(ManagedIdentityTest, AppServiceGivesATokenThatArmTakes) {
  const auto token = app_service().fetch(std::nullopt, {});
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_EQ(token->expires, clock_.wall_now() + 3599s);
  EXPECT_TRUE(arm_takes(*token));
}

TEST_F(ManagedIdentityTest, AppServiceIsAskedAsItsProtocolHasIt) {
  ASSERT_TRUE(app_service().fetch(std::nullopt, {}));
  const auto request = last();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.path, "/msi/token");
  EXPECT_EQ(request.api_version, "2019-08-01");
  EXPECT_EQ(request.header("Metadata"), "");
  EXPECT_THAT(request.query, HasSubstr("resource=https://management.azure.com/"));
}

struct Named {
  IdentityChoice choice;
  const char* imds;
  const char* app_service;
};

TEST_F(ManagedIdentityTest, AUserAssignedIdentityIsNamedInEachServicesWords) {
  for (const Named& one :
       std::vector<Named>{{{By::ClientId, kIdentity.client_id}, "client_id=", "client_id="},
                          {{By::ObjectId, kIdentity.object_id}, "object_id=", "principal_id="},
                          {{By::ResourceId, kIdentity.resource_id}, "msi_res_id=", "mi_res_id="}}) {
    EXPECT_TRUE(imds(one.choice).fetch(std::nullopt, {})) << one.imds;
    EXPECT_THAT(last().query, HasSubstr(one.imds + one.choice.id));
    EXPECT_TRUE(app_service(one.choice).fetch(std::nullopt, {})) << one.app_service;
    EXPECT_THAT(last().query, HasSubstr(one.app_service + one.choice.id));
  }
}

TEST_F(ManagedIdentityTest, AnIdentityThatTheMachineHasNotMayJustHaveBeenAssigned) {
  const IdentityChoice stranger{By::ClientId, "99999999-0000-4000-8000-000000000000"};
  const auto from_imds = imds(stranger).fetch(std::nullopt, {});
  ASSERT_FALSE(from_imds);
  EXPECT_EQ(from_imds.error().next, NextTry::Soon);
  EXPECT_THAT(from_imds.error().message,
              AllOf(HasSubstr("no such identity"), HasSubstr("takes a few minutes"),
                    HasSubstr("400 invalid_request: Identity not found")));
  const auto from_app_service = app_service(stranger).fetch(std::nullopt, {});
  ASSERT_FALSE(from_app_service);
  EXPECT_EQ(from_app_service.error().next, NextTry::Soon);
  EXPECT_THAT(from_app_service.error().message,
              AllOf(HasSubstr("no such identity"), HasSubstr("400: No User Assigned identity")));
}

TEST_F(ManagedIdentityTest, AForeignTenantFailsAloneAndWithoutARequest) {
  ImdsClient client = imds();
  const auto foreign = client.fetch(kOther, {});
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().reason, Reason::WrongTenant);
  EXPECT_EQ(foreign.error().next, NextTry::Slow);
  EXPECT_THAT(foreign.error().message, AllOf(HasSubstr(kHome.text()), HasSubstr(kOther.text())));
  EXPECT_FALSE(app_service().fetch(kOther, {}));
  EXPECT_EQ(world_.counters().requests, 0U);
  EXPECT_TRUE(client.fetch(kHome, {}));
  EXPECT_TRUE(client.fetch(std::nullopt, {}));
}

TEST_F(ManagedIdentityTest, WaitsForAnImdsThatIsBeingUpdated) {
  ImdsClient client = imds();
  TokenCache cache(client, clock_, {});
  world_.set_imds_gone(8);
  const SteadyTime start = clock_.steady_now();
  int failures = 0;
  for (auto token = cache.token(std::nullopt, {}); !token; token = cache.token(std::nullopt, {})) {
    ASSERT_LT(++failures, 20);
    EXPECT_EQ(token.error().next, NextTry::ServerWait) << "normal, not a failure";
    EXPECT_THAT(token.error().message, HasSubstr("being updated"));
    ASSERT_TRUE(token.error().server_wait);
    EXPECT_GE(*token.error().server_wait, 10s);
    clock_.advance(*token.error().server_wait);
  }
  EXPECT_EQ(failures, 8);
  EXPECT_GE(clock_.steady_now() - start, 70s);
  EXPECT_EQ(world_.counters().tokens, 9U);
}

TEST_F(ManagedIdentityTest, TakesTheIdentityHeaderAsItIsNow) {
  AppServiceIdentity client = app_service();
  ASSERT_TRUE(client.fetch(std::nullopt, {}));
  endpoint_.header = Secret("the one before");
  const auto refused = client.fetch(std::nullopt, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().http_status, 401);
  EXPECT_EQ(refused.error().next, NextTry::Soon) << "it may just have been replaced";
  EXPECT_THAT(refused.error().message, Not(HasSubstr("the one before")));
  endpoint_.header = Secret(kIdentity.identity_header);
  EXPECT_TRUE(client.fetch(std::nullopt, {}));
}

TEST_F(ManagedIdentityTest, TheProbeFindsImdsWithoutMakingAToken) {
  EXPECT_TRUE(imds().probe({}));
  EXPECT_EQ(last().status, 400);
  EXPECT_EQ(last().header("Metadata"), "");
  world_.set_imds_gone(1);
  EXPECT_TRUE(imds().probe({})) << "being updated is being there";
}

// Each with a transport of its own that answers once.
class ManagedIdentityAnswers : public testing::Test {
 protected:
  ImdsClient client() { return {wire_, clock_, kEndpoint, {kAudience, {}, {}, "defenderd/test"}}; }

  const Origin kEndpoint = *Origin::parse("http://169.254.169.254");
  FakeTransport wire_;
  FakeClock clock_;
};

TEST_F(ManagedIdentityAnswers, NeverGoThroughAProxyAndEndInTime) {
  wire_.answer(500);
  wire_.answer(500);
  wire_.answer(500);
  EXPECT_FALSE(client().fetch(std::nullopt, {}));
  EXPECT_TRUE(client().probe({}));
  AppServiceIdentity app_service(
      wire_, clock_,
      [] {
        return IdentityEndpoint{"http://10.0.0.1:8081/msi/token", Secret("h")};
      },
      {kAudience, {}, {}, ""});
  EXPECT_FALSE(app_service.fetch(std::nullopt, {}));
  const auto requests = wire_.requests();
  EXPECT_FALSE(requests[0].use_proxy);
  EXPECT_FALSE(requests[1].use_proxy);
  EXPECT_FALSE(requests[2].use_proxy);
  EXPECT_EQ(requests[0].timeout, 10s);
  EXPECT_EQ(requests[1].timeout, 1s);
  EXPECT_EQ(requests[2].timeout, 10s);
  EXPECT_EQ(requests[0].origin, kEndpoint);
  EXPECT_EQ(requests[2].origin, *Origin::parse("http://10.0.0.1:8081"));
}

// IMDS answers 400 for the first 20 s after the assignment.
TEST_F(ManagedIdentityAnswers, ANewAssignmentIsUsedWithinSeconds) {
  ImdsClient imds = client();
  TokenCache cache(imds, clock_, {});
  const SteadyTime start = clock_.steady_now();
  const auto ask = [&] {
    if (clock_.steady_now() - start < 20s) {
      wire_.answer(400, R"({"error":"invalid_request","error_description":"Identity not found"})");
    } else {
      wire_.answer(200, R"({"access_token":"t","expires_in":"3599"})");
    }
    return cache.token(std::nullopt, {});
  };
  for (auto token = ask(); !token; token = ask()) {
    ASSERT_LT(clock_.steady_now() - start, 60s);
    ASSERT_TRUE(token.error().server_wait) << token.error().message;
    clock_.advance(*token.error().server_wait);
  }
  EXPECT_LT(clock_.steady_now() - start, 40s);
}

struct ImdsAnswer {
  const char* description;
  int status;
  std::string body;
  HttpHeaders headers;
  NextTry next;
  std::optional<Duration> wait;
  const char* words;
};

TEST_F(ManagedIdentityAnswers, SayWhatToDoAndWhen) {
  for (
      const ImdsAnswer& one : std::vector<ImdsAnswer>{
          {"no identity, or not yet",
           400,
           R"({"error":"invalid_request","error_description":"Identity not found"})",
           {},
           NextTry::Soon,
           {},
           "assign it a managed identity"},
          {"no identity, as App Service says it",
           400,
           R"({"statusCode":400,"message":"No User Assigned or Delegated Managed Identity found"})",
           {},
           NextTry::Soon,
           {},
           "A new assignment takes a few minutes"},
          {"several to choose from",
           400,
           R"({"error":"invalid_request","error_description":"Multiple user assigned identities exist"})",
           {},
           NextTry::Slow,
           {},
           "select one with"},
          {"another resource",
           400,
           R"({"error":"invalid_resource","error_description":"AADSTS500011: not found"})",
           {},
           NextTry::Slow,
           {},
           "400 invalid_resource"},
          {"not found for a while", 404, "", {}, NextTry::Soon, {}, "machine in Azure?"},
          {"updating", 410, "", {}, NextTry::ServerWait, 10s, "being updated"},
          {"throttled", 429, "", {{"Retry-After", "7"}}, NextTry::Soon, 7s, "temporary"},
          {"broken", 500, "", {}, NextTry::Soon, {}, "temporary"},
          {"forbidden", 403, "", {}, NextTry::Slow, {}, "does not accept"},
          {"a router's page",
           403,
           "<html>",
           {},
           NextTry::Soon,
           {},
           "something else answers instead"},
          {"a portal",
           302,
           "",
           {{"Location", "http://portal.example/"}},
           NextTry::Soon,
           {},
           "not an answer of Azure (a redirect to portal.example); check the proxy"},
          {"a portal's page", 200, "<html>", {}, NextTry::Soon, {}, "Azure (a page of HTML"},
          {"an empty page", 200, "", {}, NextTry::Soon, {}, "Azure (an empty body)"},
          {"other JSON", 200, "{}", {}, NextTry::Soon, {}, "Azure (no token in it)"},
          {"no JSON", 200, "<html>", {}, NextTry::Soon, {}, "no access_token"}}) {
    wire_.answer(one.status, one.body, one.headers);
    const auto token = client().fetch(std::nullopt, {});
    ASSERT_FALSE(token) << one.description;
    EXPECT_EQ(token.error().reason, Reason::CredentialFailed) << one.description;
    EXPECT_EQ(token.error().next, one.next) << one.description;
    EXPECT_EQ(token.error().server_wait, one.wait) << one.description;
    EXPECT_THAT(token.error().message, HasSubstr(one.words)) << one.description;
  }
  wire_.fail({TransportError::Kind::Timeout, "169.254.169.254 did not answer in time", true});
  const auto token = client().fetch(std::nullopt, {});
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().next, NextTry::Soon);
  EXPECT_THAT(token.error().message, HasSubstr("did not answer in time"));
}

TEST_F(ManagedIdentityAnswers, ATokenForOrOfSomethingElseIsNotUsed) {
  const auto fetch = [this](const std::string& more, IdentityChoice identity) {
    wire_.answer(200, R"({"access_token":"t","expires_in":"3600")" + more + "}");
    ImdsClient imds(wire_, clock_, kEndpoint,
                    {kAudience, std::move(identity), std::nullopt, "defenderd/test"});
    auto token = imds.fetch(std::nullopt, {});
    return token ? std::string("good") : token.error().message;
  };
  const IdentityChoice named{By::ClientId, "0F0E0D0C-0000-4000-8000-0b0a09080706"};
  EXPECT_EQ(fetch("", named), "good");
  EXPECT_EQ(fetch(R"(,"resource":"https://management.azure.com/")", {}), "good");
  EXPECT_EQ(fetch(R"(,"resource":"HTTPS://management.azure.com")", {}), "good");
  EXPECT_EQ(fetch(R"(,"client_id":"0f0e0d0c-0000-4000-8000-0b0a09080706")", named), "good");
  EXPECT_EQ(fetch(R"(,"client_id":"99999999-0000-4000-8000-0b0a09080706")", {}), "good");
  EXPECT_THAT(fetch(R"(,"resource":"https://vault.azure.net")", {}),
              HasSubstr("for 'https://vault.azure.net' instead of 'https://management.azure.com'"));
  EXPECT_THAT(fetch(R"(,"client_id":"99999999-0000-4000-8000-0b0a09080706")", named),
              HasSubstr("of the identity '99999999-"));
  EXPECT_THAT(fetch(R"(,"token_type":"pop")", {}), HasSubstr("'pop' instead of 'Bearer'"));
}

struct Probe {
  const char* description;
  int status;
  HttpHeaders headers;
  bool there;
};

TEST_F(ManagedIdentityAnswers, AProbeKnowsAzureFromOtherClouds) {
  for (const Probe& one :
       std::vector<Probe>{{"Azure refuses the request", 400, {}, true},
                          {"Azure is busy", 429, {}, true},
                          {"Azure updates", 410, {}, true},
                          {"Azure by its name", 404, {{"Server", "IMDS/150.870.65.1280"}}, true},
                          {"another cloud", 404, {{"Server", "EC2ws"}}, false},
                          {"another cloud that wants a token", 401, {}, false},
                          {"a container's router", 403, {}, false},
                          {"a captive portal", 200, {}, false}}) {
    wire_.answer(one.status, "", one.headers);
    EXPECT_EQ(client().probe({}).has_value(), one.there) << one.description;
  }
  wire_.fail({TransportError::Kind::Timeout, "connecting took too long", false});
  const auto probe = client().probe({});
  ASSERT_FALSE(probe);
  EXPECT_EQ(probe.error().message, "connecting took too long");
}

TEST_F(ManagedIdentityAnswers, AnUnknownHomeLeavesForeignTenantsToArm) {
  wire_.answer(200, R"({"access_token":"t","expires_in":"3599","expires_on":"1767229199"})");
  const auto token = client().fetch(kOther, {});
  ASSERT_TRUE(token);
  EXPECT_EQ(token->expires, clock_.wall_now() + 3599s);
}

struct Address {
  const char* url;
  const char* origin;  // "" for a refusal
  const char* path;
};

TEST(IdentityEndpoints, AreReadFromTheVariable) {
  for (const Address& one : std::vector<Address>{
           {"http://localhost:42356/msi/token", "http://localhost:42356", "/msi/token"},
           {"http://169.254.129.2:8081/msi/token/", "http://169.254.129.2:8081", "/msi/token/"},
           {"https://host", "https://host", "/"},
           {"http://[::1]:8081/a", "http://[::1]:8081", "/a"},
           {"", "", ""},
           {"localhost:42356/msi", "", ""},
           {"ftp://host/a", "", ""},
           {"http://user:pw@host/a", "", ""},
           {"http://host/a?b=c", "", ""},
           {"http://host/a\r\nX: y", "", ""}}) {
    const auto address = parse_identity_endpoint(one.url);
    ASSERT_EQ(address.has_value(), *one.origin != '\0') << one.url;
    if (!address) {
      EXPECT_THAT(address.error().message, HasSubstr("IDENTITY_ENDPOINT")) << one.url;
      continue;
    }
    EXPECT_EQ(address->origin.text(), one.origin);
    EXPECT_EQ(address->path, one.path);
  }
}

}  // namespace
}  // namespace defenderd
