#include "identity/client_certificate.h"

#include <set>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "identity/identity_fixture.h"
#include "support/key_pair.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Making a key takes long, so that the tests share two.
const KeyPair& first_pair() {
  static const KeyPair pair = make_key_pair(FakeClock().wall_now());
  return pair;
}
const KeyPair& second_pair() {
  static const KeyPair pair = make_key_pair(FakeClock().wall_now());
  return pair;
}

// The n-th part of a JWT.
json part(const std::string& jwt, int n) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::size_t begin = 0;
  for (; n > 0; --n) begin = jwt.find('.', begin) + 1;
  std::string bytes;
  unsigned bits = 0;
  unsigned count = 0;
  for (const char c : jwt.substr(begin, jwt.find('.', begin) - begin)) {
    bits = (bits << 6U) | static_cast<unsigned>(kAlphabet.find(c));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>((bits >> count) & 0xFFU);
  }
  return json::parse(bytes);
}

TEST(ClientCertificate, OneThatEndedBeforeTheClockBeginsHasExpired) {
  const KeyPair old = make_key_pair(FakeClock().wall_now(), KeyType::Rsa, "16000101000000Z");
  const TempFile file(old.certificate + old.key);
  const auto certificate = load_certificate({file.path(), Secret()});
  ASSERT_TRUE(certificate) << certificate.error().message;
  ASSERT_TRUE(certificate->expires());
  EXPECT_EQ(format_rfc3339(*certificate->expires()), "1696-03-17T00:00:00.000Z");
}

class ClientCertificateTest : public IdentityTest {
 protected:
  ClientCertificateTest() : IdentityTest({.certificates = {first_pair().certificate}}) {}

  EntraClient client(const std::string& path, const std::string& password = "") {
    return {
        *wire_, clock_, entra(),
        client_certificate_proof({path, Secret(password)}, std::string(armsim::kClientId), clock_)};
  }
};

TEST_F(ClientCertificateTest, GetsATokenThatArmTakes) {
  const TempFile file(first_pair().certificate + first_pair().key);
  const auto token = client(file.path()).fetch(std::nullopt, {});
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_THAT(last().body, AllOf(HasSubstr("jwt-bearer"), Not(HasSubstr("client_secret"))));
  EXPECT_TRUE(arm_takes(*token));
}

TEST_F(ClientCertificateTest, EveryTenantGetsAnAssertionForItsOwnAddress) {
  const TempFile file(first_pair().key + first_pair().certificate);
  const auto token = client(file.path()).fetch(kOther, {});
  EXPECT_TRUE(token) << token.error().message;
}

TEST_F(ClientCertificateTest, OpensAnEncryptedKeyAndFindsItsCertificateInAChain) {
  const TempFile file(second_pair().certificate + first_pair().certificate +
                      first_pair().encrypted_key);
  const auto token = client(file.path(), kKeyPassword).fetch(std::nullopt, {});
  EXPECT_TRUE(token) << token.error().message;
}

TEST_F(ClientCertificateTest, TakesARenewedCertificateFromItsFile) {
  const TempFile file(first_pair().certificate + first_pair().key);
  EntraClient keeper = client(file.path());
  ASSERT_TRUE(keeper.fetch(std::nullopt, {}));
  world_.set_certificates({second_pair().certificate});
  const auto refused = keeper.fetch(std::nullopt, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().next, NextTry::Slow);
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr("AADSTS700027"), HasSubstr("registered")));
  write(file.path(), second_pair().certificate + second_pair().key);
  EXPECT_TRUE(keeper.fetch(std::nullopt, {}));
}

TEST_F(ClientCertificateTest, ItsEndIsKnownAndFollowsTheFile) {
  const TempFile file(first_pair().certificate + first_pair().key);
  const ExpiryReader read = client_certificate_expiry({file.path()});
  const auto known = read();
  ASSERT_TRUE(known);
  EXPECT_EQ(known->kind, CredentialKind::ClientCertificate);
  EXPECT_GT(known->expires, clock_.wall_now());
  EXPECT_LT(known->expires, clock_.wall_now() + 24h * 400);
  write(file.path(), "half a file");
  EXPECT_EQ(read(), std::nullopt);
}

TEST_F(ClientCertificateTest, SaysWhenItsTimeIsOverOrHasNotCome) {
  const TempFile file(first_pair().certificate + first_pair().key);
  const auto proof = client_certificate_proof({file.path()}, "me", clock_);
  clock_.advance(24h * 400);
  const auto late = proof("https://login/token");
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().message,
              AllOf(HasSubstr("expired on 2026-07-03"), HasSubstr(file.path())));
  const auto certificate = load_certificate({file.path()});
  ASSERT_TRUE(certificate);
  const auto early = certificate->assertion("a", "me", FakeClock().wall_now() - 24h * 400);
  ASSERT_FALSE(early);
  EXPECT_THAT(early.error().message, HasSubstr("not valid before 2025-07-02"));
}

TEST(ClientAssertion, HasTheClaimsThatEntraAsksFor) {
  const auto certificate =
      ClientCertificate::parse(Secret(first_pair().certificate + first_pair().key), Secret());
  ASSERT_TRUE(certificate);
  const WallTime now = FakeClock().wall_now();
  const auto assertion = certificate->assertion("https://login/t/token", "me", now);
  ASSERT_TRUE(assertion);
  const json header = part(assertion->reveal(), 0);
  EXPECT_EQ(header.at("alg"), "RS256");
  EXPECT_EQ(header.at("typ"), "JWT");
  EXPECT_EQ(header.at("x5t").get<std::string>().size(), 27U);
  EXPECT_EQ(header.at("x5t#S256").get<std::string>().size(), 43U);
  json claims = part(assertion->reveal(), 1);
  EXPECT_GE(claims.at("jti").get<std::string>().size(), 20U);
  claims.erase("jti");
  constexpr int kNewYear = 1'767'225'600;
  EXPECT_EQ(claims, json({{"aud", "https://login/t/token"},
                          {"iss", "me"},
                          {"sub", "me"},
                          {"nbf", kNewYear},
                          {"iat", kNewYear},
                          {"exp", kNewYear + 600}}));
}

TEST(ClientAssertion, IsNeverTheSameTwice) {
  const auto certificate =
      ClientCertificate::parse(Secret(first_pair().certificate + first_pair().key), Secret());
  ASSERT_TRUE(certificate);
  std::set<std::string> ids;
  for (int i = 0; i < 20; ++i) {
    const auto assertion = certificate->assertion("a", "me", FakeClock().wall_now());
    ASSERT_TRUE(assertion);
    ids.insert(part(assertion->reveal(), 1).at("jti"));
  }
  EXPECT_EQ(ids.size(), 20U);
}

struct BadPem {
  const char* description;
  std::string pem;
  std::string password;
  const char* words;
};

TEST(ClientCertificates, SayWhatIsWrongWithTheirFile) {
  const KeyPair curve = make_key_pair(FakeClock().wall_now(), KeyType::EllipticCurve);
  const KeyPair& one = first_pair();
  for (const BadPem& bad : std::vector<BadPem>{
           {"empty", "", "", "no PEM private key"},
           {"a PFX", "\x30\x82\x0a\x01\x02\x01", "", "openssl pkcs12"},
           {"no key", one.certificate, "", "no PEM private key"},
           {"no certificate", one.key, "", "no certificate"},
           {"another's certificate", one.key + second_pair().certificate, "", "belongs to its key"},
           {"encrypted", one.certificate + one.encrypted_key, "",
            "set AZURE_CLIENT_CERTIFICATE_PASSWORD"},
           {"a wrong password", one.certificate + one.encrypted_key, "hunter2", "does not decrypt"},
           {"an elliptic curve", curve.certificate + curve.key, "", "only accepts RSA"},
           {"a cut key", one.certificate + one.key.substr(0, 600), "", "no PEM private key"}}) {
    const auto certificate = ClientCertificate::parse(Secret(bad.pem), Secret(bad.password));
    ASSERT_FALSE(certificate) << bad.description;
    EXPECT_THAT(certificate.error().message,
                AllOf(HasSubstr(bad.words), Not(HasSubstr("hunter2")), Not(HasSubstr("MII"))))
        << bad.description;
  }
}

TEST(ClientCertificates, NameAFileThatIsNotThere) {
  const auto certificate = load_certificate({"/nonexistent/keeper.pem"});
  ASSERT_FALSE(certificate);
  EXPECT_THAT(certificate.error().message, HasSubstr("/nonexistent/keeper.pem"));
}

}  // namespace
}  // namespace defenderd
