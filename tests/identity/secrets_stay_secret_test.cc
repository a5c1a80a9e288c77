// Whatever answers at the address of an identity endpoint, even if it repeats the request: no
// failure's message contains a secret, an assertion or a token.

#include <vector>

#include "arm/arm_client.h"
#include "identity/client_certificate.h"
#include "identity/identity_fixture.h"
#include "identity/managed_identity.h"
#include "support/fake_transport.h"
#include "support/key_pair.h"

namespace defenderd {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kSecret = "Hunter2~&=+ not to be seen";

FakeTransport::Answer echo(const HttpRequest& request, int status, const std::string& member) {
  std::string all = request.body;
  for (const auto& [name, value] : request.headers) all += " " + value;
  HttpResponse response;
  response.status = status;
  response.body = R"({"error":"invalid_client","access_token":"","error_codes":[1],")" + member +
                  R"(":")" + all + " " + kSecret + R"("})";
  return response;
}

// Everything that a person or a program gets to see of a failure.
std::string all_of(const Failure& failure) {
  return failure.message + "|" + failure.arm_code + "|" + failure.trace.request_id + "|" +
         failure.trace.correlation_id + "|" + failure.trace.client_request_id;
}

class SecretsStaySecret : public testing::TestWithParam<const char*> {
 protected:
  void expect_silence(TokenSource& source) {
    for (const int status : {200, 400, 401, 429, 503}) {
      wire_.answer_by([&, status](const HttpRequest& request) {
        sent_ = request.body;
        return echo(request, status, GetParam());
      });
      const auto token = source.fetch(std::nullopt, {});
      ASSERT_FALSE(token);
      const std::string said = all_of(token.error());
      EXPECT_THAT(said, Not(HasSubstr("Hunter2"))) << status;
      EXPECT_THAT(said, Not(HasSubstr("not to be seen"))) << status;
      EXPECT_THAT(said, Not(HasSubstr("not%20to%20be%20seen"))) << status;
      EXPECT_THAT(said, Not(HasSubstr("eyJ"))) << status;
    }
  }
  EntraClient entra(ProofMaker proof) {
    EntraOptions options;
    options.authority = *Origin::parse("https://login.example.com");
    options.default_tenant = kHome;
    return {wire_, clock_, options, std::move(proof)};
  }

  FakeTransport wire_;
  FakeClock clock_;
  std::string sent_;
};

TEST_P(SecretsStaySecret, OfAClientSecret) {
  EntraClient source =
      entra(client_secret_proof([]() -> Result<Secret> { return Secret(kSecret); }));
  expect_silence(source);
  EXPECT_THAT(sent_, HasSubstr("Hunter2")) << "it has to be sent";
}

TEST_P(SecretsStaySecret, OfAFederatedToken) {
  EntraClient source =
      entra(federated_token_proof([]() -> Result<Secret> { return Secret(kSecret); }));
  expect_silence(source);
}

TEST_P(SecretsStaySecret, OfACertificate) {
  static const KeyPair pair = make_key_pair(FakeClock().wall_now());
  const TempFile file(pair.certificate + pair.key);
  EntraClient source = entra(client_certificate_proof({file.path()}, "me", clock_));
  for (const int status : {200, 400, 401, 503}) {
    wire_.answer_by([&](const HttpRequest& request) { return echo(request, status, GetParam()); });
    const auto token = source.fetch(std::nullopt, {});
    ASSERT_FALSE(token);
    EXPECT_THAT(all_of(token.error()), Not(HasSubstr("eyJ"))) << status;
  }
}

TEST_P(SecretsStaySecret, OfAnIdentityHeader) {
  AppServiceIdentity source(wire_, clock_,
                            [] {
                              return IdentityEndpoint{"http://localhost/msi", Secret(kSecret)};
                            },
                            {});
  expect_silence(source);
}

class OneToken final : public TokenSource {
 public:
  explicit OneToken(std::string token) : token_(std::move(token)) {}
  ArmResult<AccessToken> fetch(const std::optional<TenantId>& /*tenant*/,
                               std::stop_token /*stop*/) override {
    return AccessToken{Secret(token_), WallTime::max()};
  }

 private:
  const std::string token_;
};

// A gateway in front of ARM that repeats the request, in whichever form and place.
TEST(SecretsOfArm, TheTokenIsNotRepeated) {
  const std::string token = "eyJhbGciOiJSUzI1NiJ9.T0kenOfArm~1234567890.AbCdEfGhIjKlMnOp";
  const std::string part = token.substr(25, 30);
  FakeTransport wire;
  FakeClock clock;
  OneToken source(token);
  TokenCache tokens(source, clock, {});
  Throttle throttle(clock, {20, 5});
  ArmClient client(wire, tokens, throttle, clock, {},
                   {*Origin::parse("https://management.example.com"), "defenderd/test", {}});
  for (const std::string& form :
       {"Authorization: Bearer " + token, token, percent_encode("Bearer " + token), part,
        "?access_token=" + token, std::string(R"(\"Authorization\":\"Bearer )") + part + R"(\")"}) {
    for (const int status : {302, 400, 403, 404, 409, 429, 500, 504}) {
      wire.answer_by([&](const HttpRequest& /*request*/) {
        HttpResponse response;
        response.status = status;
        response.headers = {{"x-ms-request-id", form},
                            {"x-ms-correlation-request-id", form},
                            {"Location", "https://proxy.example.com/?" + form}};
        response.body = R"({"error":{"code":")" + form + R"(","message":"you sent )" + form +
                        R"(, which is refused"}})";
        return response;
      });
      ArmCall call;
      call.target = "/x";
      const auto answer = client.call(call, {});
      ASSERT_FALSE(answer);
      const std::string said = all_of(answer.error());
      for (std::size_t at = 0; at + 8 <= part.size(); ++at)
        ASSERT_THAT(said, Not(HasSubstr(part.substr(at, 8)))) << form;
      throttle.heard(std::nullopt, Throttle::Kind::Read);
      clock.advance(std::chrono::hours(1));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(RepeatedIn, SecretsStaySecret,
                         testing::Values("error_description", "error", "trace_id",
                                         "correlation_id"));

}  // namespace
}  // namespace defenderd
