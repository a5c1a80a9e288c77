#include "identity/entra_client.h"

#include <vector>

#include "identity/identity_fixture.h"
#include "identity/secret_file.h"
#include "identity/token_cache.h"
#include "identity/token_codec.h"
#include "support/fake_transport.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

ProofMaker secret_proof(std::string secret = std::string(armsim::kClientSecret)) {
  return client_secret_proof(
      [secret = std::move(secret)]() -> Result<Secret> { return Secret(secret); });
}

using EntraClientTest = IdentityTest;

TEST_F(EntraClientTest, GetsATokenThatArmTakesByAClientSecret) {
  EntraClient client(*wire_, clock_, entra(), secret_proof());
  const auto token = client.fetch(std::nullopt, {});
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_EQ(token->expires, clock_.wall_now() + 3599s);
  EXPECT_TRUE(arm_takes(*token));
}

TEST_F(EntraClientTest, AsksAsTheProtocolHasIt) {
  EntraClient client(*wire_, clock_, entra(), secret_proof());
  ASSERT_TRUE(client.fetch(std::nullopt, {}));
  const auto request = last();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/" + kHome.text() + "/oauth2/v2.0/token");
  EXPECT_EQ(request.header("Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(request.header("User-Agent"), "defenderd/test");
  EXPECT_THAT(request.body, AllOf(HasSubstr("grant_type=client_credentials"),
                                  HasSubstr("client_id=" + std::string(armsim::kClientId)),
                                  HasSubstr("management.azure.com")));
}

TEST_F(EntraClientTest, AnEntrysTenantIsAskedForItsToken) {
  EntraClient client(*wire_, clock_, entra(), secret_proof());
  ASSERT_TRUE(client.fetch(kOther, {}));
  EXPECT_EQ(last().path, "/" + kOther.text() + "/oauth2/v2.0/token");
}

TEST_F(EntraClientTest, AWrongTenantFailsAloneAndSaysWhatToCheck) {
  EntraClient client(*wire_, clock_, entra(), secret_proof());
  const auto token = client.fetch(TenantId::parse("99999999-0000-4000-8000-000000000000"), {});
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().next, NextTry::Slow);
  EXPECT_THAT(token.error().message,
              AllOf(HasSubstr("this tenant does not exist"), HasSubstr("AADSTS90002")));
  EXPECT_TRUE(client.fetch(std::nullopt, {}));
}

TEST_F(EntraClientTest, AnInjectedRefusalComesWithItsAdvice) {
  EntraClient client(*wire_, clock_, entra(), secret_proof());
  world_.inject(armsim::Fault::answer(armsim::Operation::Token, 401, "invalid_client AADSTS7000222",
                                      "The keys are expired."));
  const auto token = client.fetch(std::nullopt, {});
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().next, NextTry::Slow);
  EXPECT_THAT(token.error().message,
              AllOf(HasSubstr("the client secret has expired; make a new one"),
                    HasSubstr("answered 401 invalid_client AADSTS7000222")));
}

TEST_F(EntraClientTest, TakesARotatedSecretFromItsFile) {
  const TempFile file(std::string(armsim::kClientSecret) + "\n");
  EntraClient client(*wire_, clock_, entra(), client_secret_proof([&] {
    return read_secret_file(file.path(), SecretKind::Words);
  }));
  ASSERT_TRUE(client.fetch(std::nullopt, {}));
  world_.set_client_secret("the next one");
  const auto refused = client.fetch(std::nullopt, {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("AADSTS7000215"));
  write(file.path(), "the next one");
  EXPECT_TRUE(client.fetch(std::nullopt, {}));
}

TEST_F(EntraClientTest, TakesARotatedFederatedToken) {
  world_.set_federated_tokens({"projected-1"});
  const TempFile file("projected-1");
  EntraClient client(*wire_, clock_, entra(), federated_token_proof([&] {
    return read_secret_file(file.path(), SecretKind::Token);
  }));
  const auto token = client.fetch(std::nullopt, {});
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_TRUE(arm_takes(*token));
  EXPECT_THAT(last().body, Not(HasSubstr("client_secret")));
  world_.set_federated_tokens({"projected-2"});
  EXPECT_FALSE(client.fetch(std::nullopt, {}));
  write(file.path(), "projected-2\n");
  EXPECT_TRUE(client.fetch(std::nullopt, {}));
}

TEST_F(EntraClientTest, AFederatedTokenThatNobodyKnowsIsRefusedWithWhatToCheck) {
  EntraClient client(*wire_, clock_, entra(), federated_token_proof([]() -> Result<Secret> {
    return Secret("somebody-else");
  }));
  const auto token = client.fetch(std::nullopt, {});
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().next, NextTry::Soon) << "a new one takes a moment to take effect";
  EXPECT_THAT(token.error().message, HasSubstr("federated credential"));
}

TEST_F(EntraClientTest, EntrasIdsReachTheFailure) {
  EntraClient client(*wire_, clock_, entra(), secret_proof("wrong"));
  const auto token = client.fetch(std::nullopt, {});
  ASSERT_FALSE(token);
  const Failure& failure = token.error();
  EXPECT_EQ(failure.http_status, 401);
  EXPECT_EQ(failure.arm_code, "invalid_client");
  EXPECT_EQ(failure.trace.request_id.size(), 36U);
  EXPECT_EQ(failure.trace.correlation_id.size(), 36U);
  EXPECT_THAT(failure.message,
              AllOf(HasSubstr("the client secret is wrong"), HasSubstr(failure.trace.request_id),
                    HasSubstr(failure.trace.correlation_id)));
}

TEST_F(EntraClientTest, AShortLifeIsRenewedInTimeByTheCache) {
  world_.set_behaviour([](armsim::Behaviour& behaviour) { behaviour.token_lifetime = 5s; });
  EntraClient client(*wire_, clock_, entra(), secret_proof());
  TokenCache cache(client, clock_, {});
  for (int second = 0; second < 12; ++second) {
    const auto token = cache.token(std::nullopt, {});
    ASSERT_TRUE(token);
    EXPECT_TRUE(arm_takes({*token, {}})) << "after " << second << " s";
    clock_.advance(1s);
  }
  EXPECT_EQ(world_.counters().tokens, 4U);
}

struct Refusal {
  const char* description;
  int status;
  std::string body;
  HttpHeaders headers;
  NextTry next;
  std::optional<Duration> wait;
  const char* words;
};

TEST(EntraRefusals, SayWhatToDoAndWhen) {
  const auto body = [](const std::string& number) {
    return R"({"error":"invalid_client","error_codes":[)" + number + R"(]})";
  };
  using namespace std::chrono_literals;
  const std::vector<Refusal> refusals{
      {"expired secret", 401, body("7000222"), {}, NextTry::Slow, {}, "has expired"},
      {"unknown application", 400, body("700016"), {}, NextTry::Slow, {}, "AZURE_CLIENT_ID"},
      {"unknown certificate", 401, body("700027"), {}, NextTry::Slow, {}, "not registered"},
      {"wrong secret", 401, body("7000215"), {}, NextTry::Slow, {}, "the client secret is wrong"},
      {"a clock not set yet", 401, body("700024"), {}, NextTry::Soon, {}, "this machine's clock"},
      {"a new federated credential",
       401,
       body("70021"),
       {},
       NextTry::Soon,
       {},
       "issuer, subject and audience. A new one takes a few minutes to take effect"},
      {"a new one, by its issuer", 401, body("700211"), {}, NextTry::Soon, {}, "cluster's issuer"},
      {"by its audience", 401, body("700212"), {}, NextTry::Soon, {}, "its audience"},
      {"by its subject", 401, body("700213"), {}, NextTry::Soon, {}, "service account"},
      {"unknown tenant", 400, body("90002"), {}, NextTry::Slow, {}, "does not exist"},
      {"passing trouble as a 400", 400, body("90033"), {}, NextTry::Soon, {}, "temporary"},
      {"a loop as a 400", 400, body("50196"), {}, NextTry::Soon, {}, "temporary"},
      {"a spent budget", 401, body("90024"), {}, NextTry::Soon, {}, "temporary"},
      {"a busy dependency", 400, body("90006"), {}, NextTry::Soon, {}, "temporary"},
      {"a slow dependency", 400, body("90012"), {}, NextTry::Soon, {}, "temporary"},
      {"a throttled tenant", 400, body("90055"), {}, NextTry::Soon, {}, "temporary"},
      {"temporarily_unavailable",
       400,
       R"({"error":"temporarily_unavailable"})",
       {},
       NextTry::Soon,
       {},
       "temporary"},
      {"throttled", 429, "", {{"Retry-After", "17"}}, NextTry::Soon, 17s, "429"},
      {"broken", 503, "<html>", {}, NextTry::Soon, {}, "503"},
      {"something new",
       400,
       R"({"error":"invalid_grant","error_codes":[53003],
           "error_description":"AADSTS53003: Blocked by policy. Trace ID: 1 Correlation ID: 2"})",
       {},
       NextTry::Slow,
       {},
       "AADSTS53003: Blocked by policy. trace"},
      {"HTML of a proxy", 400, "<html>", {}, NextTry::Soon, {}, "a page of HTML"},
      {"a proxy that blocks", 403, "<html>", {}, NextTry::Soon, {}, "check the proxy"},
      {"a proxy that blocks in words", 403, "blocked", {}, NextTry::Soon, {}, "without a code"},
      {"a proxy's JSON", 403, R"({"m":1})", {}, NextTry::Soon, {}, "NO_PROXY"},
      {"a proxy's login", 407, "", {}, NextTry::Soon, {}, "a proxy that requires a login"},
      {"a portal", 200, "<html>", {}, NextTry::Soon, {}, "not an answer of Azure (a page of HTML"},
      {"a portal's empty page", 200, "", {}, NextTry::Soon, {}, "Azure (an empty body)"},
      {"a portal's JSON", 200, R"({"ok":1})", {}, NextTry::Soon, {}, "Azure (no token in it)"},
      {"a gateway of Azure", 502, "<html>", {}, NextTry::Soon, {}, "temporary problem"},
      {"a redirect is an answer",
       302,
       "",
       {{"Location", "https://evil"}},
       NextTry::Soon,
       {},
       "(a redirect to evil); check the proxy or login page of this network, HTTPS_PROXY and "
       "NO_PROXY. login.example.com answered 302"},
  };
  for (const Refusal& refusal : refusals) {
    FakeTransport wire;
    const FakeClock clock;
    EntraOptions options;
    options.authority = *Origin::parse("https://login.example.com");
    options.default_tenant = kHome;
    EntraClient client(wire, clock, options, secret_proof());
    std::string text = refusal.body;
    const std::size_t cut = text.find(R"("error_description")");
    if (cut != std::string::npos) text.insert(cut, R"("trace_id":"t-1",)");
    wire.answer(refusal.status, text, refusal.headers);
    const auto token = client.fetch(std::nullopt, {});
    ASSERT_FALSE(token) << refusal.description;
    EXPECT_EQ(token.error().reason, Reason::CredentialFailed) << refusal.description;
    EXPECT_EQ(token.error().next, refusal.next) << refusal.description;
    EXPECT_EQ(token.error().server_wait, refusal.wait) << refusal.description;
    EXPECT_THAT(token.error().message, HasSubstr(refusal.words)) << refusal.description;
    EXPECT_EQ(wire.requests().front().timeout, 30s);
  }
}

struct Nonsense {
  const char* description;
  std::string body;
};

TEST(EntraAnswers, NonsenseIsAFailureThatDoesNotRepeatIt) {
  for (const Nonsense& one :
       std::vector<Nonsense>{{"empty", ""},
                             {"cut", R"({"access_token":"eyJsecret)"},
                             {"no token", R"({"token":"eyJsecret"})"},
                             {"an empty token", R"({"access_token":""})"},
                             {"a token of another type", R"({"access_token":{"eyJsecret":1}})"},
                             {"deep", std::string(100'000, '[')}}) {
    FakeTransport wire;
    const FakeClock clock;
    EntraOptions options;
    options.authority = *Origin::parse("https://login.example.com");
    options.default_tenant = kHome;
    EntraClient client(wire, clock, options, secret_proof());
    wire.answer(200, one.body);
    const auto token = client.fetch(std::nullopt, {});
    ASSERT_FALSE(token) << one.description;
    EXPECT_EQ(token.error().next, NextTry::Soon) << one.description;
    EXPECT_THAT(token.error().message, AllOf(HasSubstr("no access_token"), Not(HasSubstr("eyJ"))))
        << one.description;
  }
}

TEST(EntraAnswers, NoTenantAnywhereIsSaid) {
  FakeTransport wire;
  const FakeClock clock;
  EntraClient client(wire, clock, {}, secret_proof());
  const auto token = client.fetch(std::nullopt, {});
  ASSERT_FALSE(token);
  EXPECT_THAT(token.error().message, HasSubstr("AZURE_TENANT_ID"));
  EXPECT_TRUE(wire.requests().empty());
}

struct Ends {
  const char* description;
  std::optional<Duration> in;
  std::optional<Duration> on;  // from now
  Duration expected;
};

TEST(AccessTokens, EndAtTheEarlierOfWhatIsSaid) {
  const FakeClock clock;
  const WallTime now = clock.wall_now();
  for (const Ends& one : std::vector<Ends>{{"a life", 1h, {}, 1h},
                                           {"a date", {}, 2h, 2h},
                                           {"both, the date first", 24h, 1h, 1h},
                                           {"both, the life first", 1h, 24h, 1h},
                                           {"a date in the past beside a life", 1h, -1h, 1h},
                                           {"a date in the past alone", {}, -1h, -1h},
                                           {"neither", {}, {}, 5min}}) {
    TokenAnswer answer;
    answer.expires_in = one.in;
    if (one.on) answer.expires_on = now + *one.on;
    EXPECT_EQ(to_access_token(std::move(answer), now).expires, now + one.expected)
        << one.description;
  }
}

}  // namespace
}  // namespace defenderd
