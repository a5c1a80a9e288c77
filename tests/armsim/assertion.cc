#include "armsim/assertion.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "armsim/arm_answer.h"
#include "base/freed_by.h"

namespace armsim {
namespace {

using defenderd::FreedBy;
using Certificate = std::unique_ptr<X509, FreedBy<X509_free>>;

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Strict: no padding, no other alphabet. nullopt for anything else.
std::optional<std::string> decode_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string result;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    result += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU);
  }
  return result;
}

std::string encode_base64url(std::string_view bytes) {
  std::string result;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    count += 8;
    while (count >= 6) {
      count -= 6;
      result += kAlphabet[(bits >> static_cast<unsigned>(count)) & 0x3FU];
    }
  }
  if (count > 0) result += kAlphabet[(bits << static_cast<unsigned>(6 - count)) & 0x3FU];
  return result;
}

Certificate parse_certificate(const std::string& pem) {
  const std::unique_ptr<BIO, FreedBy<BIO_free_all>> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

std::string thumbprint(const X509* certificate, const EVP_MD* hash) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  X509_digest(certificate, hash, digest.data(), &size);
  return encode_base64url({reinterpret_cast<const char*>(digest.data()), size});
}

bool verify(X509* certificate, std::string_view signed_text, const std::string& signature,
            bool pss) {
  const std::unique_ptr<EVP_MD_CTX, FreedBy<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key = nullptr;
  if (EVP_DigestVerifyInit(context.get(), &key, EVP_sha256(), nullptr,
                           X509_get0_pubkey(certificate)) != 1) {
    return false;
  }
  if (pss && (EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PSS_PADDING) != 1 ||
              EVP_PKEY_CTX_set_rsa_pss_saltlen(key, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return false;
  }
  return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                          signature.size(),
                          reinterpret_cast<const unsigned char*>(signed_text.data()),
                          signed_text.size()) == 1;
}

struct Jwt {
  Json header;
  Json claims;
  std::string signed_text;
  std::string signature;
};

std::optional<Jwt> parse_jwt(const std::string& text) {
  const std::size_t first = text.find('.');
  const std::size_t last = text.rfind('.');
  if (first == std::string::npos || last == first) return std::nullopt;
  const std::string_view view = text;
  const auto header = decode_base64url(view.substr(0, first));
  const auto claims = decode_base64url(view.substr(first + 1, last - first - 1));
  const auto signature = decode_base64url(view.substr(last + 1));
  if (!header || !claims || !signature) return std::nullopt;
  Jwt jwt{Json::parse(*header, nullptr, false), Json::parse(*claims, nullptr, false),
          text.substr(0, last), *signature};
  if (!jwt.header.is_object() || !jwt.claims.is_object()) return std::nullopt;
  return jwt;
}

std::string text_member(const Json& object, const char* name) {
  return object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : "";
}

std::optional<TimePoint> time_member(const Json& object, const char* name) {
  if (!object.contains(name) || !object[name].is_number_integer()) return std::nullopt;
  return TimePoint(std::chrono::seconds(object[name].get<std::int64_t>()));
}

std::optional<AssertionError> check_claims(const Json& claims, const AssertionCheck& check) {
  if (text_member(claims, "iss") != check.client_id ||
      text_member(claims, "sub") != check.client_id)
    return AssertionError{700027, "The issuer and the subject must be the client id."};
  const std::string audience = text_member(claims, "aud");
  if (std::find(check.audiences.begin(), check.audiences.end(), audience) == check.audiences.end())
    return AssertionError{50027, "JWT token is invalid: the audience '" + audience + "' is wrong."};
  if (text_member(claims, "jti").empty())
    return AssertionError{50027, "JWT token is invalid: it has no jti."};
  const auto expires = time_member(claims, "exp");
  const auto not_before = time_member(claims, "nbf");
  if (!expires) return AssertionError{50027, "JWT token is invalid: it has no exp."};
  // Clocks differ: Entra allows five minutes.
  constexpr auto kSkew = std::chrono::minutes(5);
  if (*expires + kSkew <= check.now || (not_before && *not_before - kSkew > check.now) ||
      *expires > check.now + std::chrono::hours(24)) {
    return AssertionError{700024, "Client assertion is not within its valid time range."};
  }
  return std::nullopt;
}

}  // namespace

std::optional<AssertionError> check_assertion(const std::string& jwt, const AssertionCheck& check) {
  const auto parsed = parse_jwt(jwt);
  if (!parsed) return AssertionError{50027, "JWT token is invalid or malformed."};
  const std::string algorithm = text_member(parsed->header, "alg");
  if (algorithm != "RS256" && algorithm != "PS256")
    return AssertionError{700027, "The algorithm '" + algorithm + "' is not supported."};
  const std::string sha256 = text_member(parsed->header, "x5t#S256");
  const std::string sha1 = text_member(parsed->header, "x5t");
  if (sha256.empty() && sha1.empty())
    return AssertionError{700027, "The header has neither x5t#S256 nor x5t."};
  for (const std::string& pem : *check.certificates) {
    const Certificate certificate = parse_certificate(pem);
    if (!certificate) continue;
    if (!sha256.empty() && sha256 != thumbprint(certificate.get(), EVP_sha256())) continue;
    if (!sha1.empty() && sha1 != thumbprint(certificate.get(), EVP_sha1())) continue;
    if (!verify(certificate.get(), parsed->signed_text, parsed->signature, algorithm == "PS256"))
      return AssertionError{700027, "Client assertion contains an invalid signature."};
    return check_claims(parsed->claims, check);
  }
  return AssertionError{700027,
                        "Client assertion contains an invalid signature. [Reason - The key was not "
                        "found., Thumbprint of key used by client: '" +
                            (sha256.empty() ? sha1 : sha256) + "'."};
}

std::string assertion_issuer(const std::string& jwt) {
  const auto parsed = parse_jwt(jwt);
  return parsed ? text_member(parsed->claims, "iss") : "";
}

}  // namespace armsim
