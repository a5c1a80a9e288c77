// Client assertions signed with a certificate, made here with OpenSSL as a client makes them.

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "armsim/simulator.h"
#include "armsim/test_client.h"
#include "base/freed_by.h"
#include "support/fake_clock.h"

namespace armsim {
namespace {

using defenderd::FreedBy;
using Key = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreedBy<X509_free>>;

std::string base64url(const std::string& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

// A key with a self-signed certificate.
struct Identity {
  // A small key, for it is made anew for each test.
  Identity() : key(EVP_RSA_gen(1024)), certificate(X509_new()) {
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_sign(certificate.get(), key.get(), EVP_sha256());
  }

  [[nodiscard]] std::string pem() const {
    const std::unique_ptr<BIO, FreedBy<BIO_free_all>> bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), certificate.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }

  [[nodiscard]] std::string thumbprint(const EVP_MD* hash) const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    X509_digest(certificate.get(), hash, digest.data(), &size);
    return base64url({reinterpret_cast<const char*>(digest.data()), size});
  }

  [[nodiscard]] std::string sign(const std::string& text, bool pss) const {
    const std::unique_ptr<EVP_MD_CTX, FreedBy<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* options = nullptr;
    EVP_DigestSignInit(context.get(), &options, EVP_sha256(), nullptr, key.get());
    if (pss) {
      EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST);
    }
    std::string signature(512, '\0');
    std::size_t size = signature.size();
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    signature.resize(size);
    return signature;
  }

  Key key;
  Certificate certificate;
};

class AssertionTest : public testing::Test {
 protected:
  AssertionTest() {
    EXPECT_TRUE(simulator_.start());
    simulator_.set_certificates({stranger_.pem(), identity_.pem()});
    client_ = std::make_unique<TestClient>(simulator_);
    header_ = {{"alg", "RS256"}, {"typ", "JWT"}, {"x5t#S256", identity_.thumbprint(EVP_sha256())}};
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(clock_.wall_now().time_since_epoch());
    claims_ = {{"aud", simulator_.base_url() + "/" + std::string(kTenant) + "/oauth2/v2.0/token"},
               {"iss", kClientId},
               {"sub", kClientId},
               {"jti", "6f2b9a52-0000-4000-8000-000000000001"},
               {"nbf", now.count()},
               {"exp", now.count() + 600}};
  }

  // With the header and claims unchanged.
  std::string jwt() {
    const std::string text = base64url(header_.dump()) + "." + base64url(claims_.dump());
    return text + "." + base64url(identity_.sign(text, header_["alg"] == "PS256"));
  }

  Answer ask(const std::string& assertion) {
    httplib::Params form = token_form();
    form.erase("client_secret");
    form.emplace("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    form.emplace("client_assertion", assertion);
    return client_->ask_token(form);
  }

  Identity identity_, stranger_;
  defenderd::FakeClock clock_;
  Simulator simulator_{{.tls = Tls::None, .clock = &clock_}};
  std::unique_ptr<TestClient> client_;
  nlohmann::json header_, claims_;
};

TEST_F(AssertionTest, TakesWhatClientsSign) {
  EXPECT_EQ(ask(jwt()).status, 200) << ask(jwt()).body;
  header_["alg"] = "PS256";
  EXPECT_EQ(ask(jwt()).status, 200) << "PS256";
  header_ = {{"alg", "RS256"}, {"x5t", identity_.thumbprint(EVP_sha1())}};
  EXPECT_EQ(ask(jwt()).status, 200) << "x5t alone";
  claims_["aud"] = simulator_.base_url() + "/" + std::string(kTenant) + "/v2.0";
  EXPECT_EQ(ask(jwt()).status, 200) << "the issuer as audience";
}

TEST_F(AssertionTest, RefusesWhatEntraRefuses) {
  struct Case {
    std::string what;
    std::function<void()> change;
    int number;
  };
  const auto header = header_;
  const auto claims = claims_;
  const std::int64_t now = claims["nbf"];
  const std::vector<Case> cases = {
      {"another algorithm", [&] { header_["alg"] = "HS256"; }, 700027},
      {"no algorithm", [&] { header_["alg"] = "none"; }, 700027},
      {"no thumbprint", [&] { header_.erase("x5t#S256"); }, 700027},
      {"a thumbprint nobody knows", [&] { header_["x5t#S256"] = "AAAA"; }, 700027},
      {"somebody else's thumbprint",
       [&] { header_["x5t#S256"] = stranger_.thumbprint(EVP_sha256()); }, 700027},
      {"another subject", [&] { claims_["sub"] = kOther; }, 700027},
      {"another issuer", [&] { claims_["iss"] = kOther; }, 70021},
      {"another audience", [&] { claims_["aud"] = "https://example.com/token"; }, 50027},
      {"no id", [&] { claims_.erase("jti"); }, 50027},
      {"no expiry", [&] { claims_.erase("exp"); }, 50027},
      {"expired", [&] { claims_["exp"] = now - 301; }, 700024},
      {"not yet valid", [&] { claims_["nbf"] = now + 301; }, 700024},
      {"valid for too long", [&] { claims_["exp"] = now + 90000; }, 700024},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    header_ = header;
    claims_ = claims;
    c.change();
    const Answer answer = ask(jwt());
    EXPECT_EQ(answer.status, 401) << answer.body;
    EXPECT_EQ(answer.code(), "invalid_client");
    EXPECT_EQ(answer.json["error_codes"], nlohmann::json({c.number})) << answer.body;
  }
}

TEST_F(AssertionTest, RefusesAChangedClaim) {
  const std::string good = jwt();
  claims_["jti"] = "another";
  const std::string other = jwt();
  const std::string spliced = other.substr(0, other.rfind('.')) + good.substr(good.rfind('.'));
  EXPECT_EQ(ask(spliced).json["error_codes"], nlohmann::json({700027}));
  EXPECT_EQ(ask("a.b.c").json["error_codes"], nlohmann::json({70021}));
}

}  // namespace
}  // namespace armsim
