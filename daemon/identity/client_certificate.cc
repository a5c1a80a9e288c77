#include "identity/client_certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "base/base64url.h"
#include "base/freed_by.h"
#include "base/json_writer.h"
#include "base/scrub.h"
#include "base/since_epoch.h"
#include "base/time_text.h"
#include "identity/secret_file.h"
#include "net/private_key.h"

namespace defenderd {
namespace {

using Bio = std::unique_ptr<BIO, FreedBy<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, FreedBy<X509_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreedBy<EVP_MD_CTX_free>>;

constexpr auto kAssertionLife = std::chrono::minutes(10);
constexpr int kMaxCertificates = 16;

std::string base64url(const unsigned char* bytes, std::size_t size) {
  return defenderd::base64url(std::string_view(reinterpret_cast<const char*>(bytes), size));
}

std::string thumbprint(const X509* certificate, const EVP_MD* hash) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  X509_digest(certificate, hash, digest.data(), &size);
  return base64url(digest.data(), size);
}

std::optional<WallTime> time_of(const ASN1_TIME* time) {
  const std::unique_ptr<ASN1_TIME, FreedBy<ASN1_TIME_free>> epoch(ASN1_TIME_set(nullptr, 0));
  int days = 0;
  int seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) return std::nullopt;
  return since_epoch(days, seconds);
}

Bio open_memory(const Secret& pem) {
  return Bio(BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.reveal().size())));
}

Result<PrivateKey> read_key(const Secret& pem, const Secret& password) {
  auto [key, is_encrypted] = read_private_key(pem, password);
  if (key) {
    if (EVP_PKEY_is_a(key.get(), "RSA") == 1) return std::move(key);
    return Unexpected(Error{"its key is not an RSA key; Entra only accepts RSA"});
  }
  if (!is_encrypted) {
    return Unexpected(
        Error{"it contains no PEM private key; expected certificate and key in one PEM file (from "
              "a PFX: openssl pkcs12 -in it.pfx -out it.pem)"});
  }
  return Unexpected(Error{password.empty()
                              ? "its key is encrypted; set AZURE_CLIENT_CERTIFICATE_PASSWORD"
                              : "AZURE_CLIENT_CERTIFICATE_PASSWORD does not decrypt its key"});
}

Result<Certificate> read_certificate_of(const EVP_PKEY* key, const Secret& pem) {
  const Bio bio = open_memory(pem);
  int seen = 0;
  for (; seen < kMaxCertificates; ++seen) {
    Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr));
    if (!certificate) break;
    if (X509_check_private_key(certificate.get(), key) == 1) {
      ERR_clear_error();
      return certificate;
    }
  }
  ERR_clear_error();
  return Unexpected(Error{seen == 0 ? "it contains a key but no certificate; put both into it"
                                    : "none of its certificates belongs to its key"});
}

std::optional<std::string> sign(EVP_PKEY* key, const std::string& text) {
  const DigestContext context(EVP_MD_CTX_new());
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1)
    return std::nullopt;
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     bytes, text.size()) != 1)
    return std::nullopt;
  signature.resize(size);
  return signature;
}

// The private keys of a PEM text, without the headers, which every other file has, too.
void remember_keys(std::string_view pem) {
  constexpr std::string_view kDashes = "-----";
  constexpr std::string_view kHead = "PRIVATE KEY-----";
  for (std::size_t at = pem.find(kHead); at != std::string_view::npos; at = pem.find(kHead, at)) {
    at += kHead.size();
    const std::string_view body = pem.substr(at, pem.find(kDashes, at) - at);
    std::string letters;
    for (const char c : body.substr(body.rfind(':') + 1)) {
      if (c != '\n' && c != '\r' && c != ' ') letters += c;
    }
    remember_secret(Secret(std::move(letters)));
    at = std::min(at + body.size() + kDashes.size(), pem.size());
  }
}

std::int64_t unix_seconds(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace

struct ClientCertificate::Parts {
  PrivateKey key;
  std::string header;  // the encoded header of every assertion
  std::optional<WallTime> not_before;
  std::optional<WallTime> not_after;
};

ClientCertificate::ClientCertificate(std::unique_ptr<const Parts> parts)
    : parts_(std::move(parts)) {}
ClientCertificate::ClientCertificate(ClientCertificate&&) noexcept = default;
ClientCertificate& ClientCertificate::operator=(ClientCertificate&&) noexcept = default;
ClientCertificate::~ClientCertificate() = default;

Result<ClientCertificate> ClientCertificate::parse(const Secret& pem, const Secret& password) {
  auto key = read_key(pem, password);
  if (!key) return Unexpected(key.error());
  auto certificate = read_certificate_of(key->get(), pem);
  if (!certificate) return Unexpected(certificate.error());
  const X509* const leaf = certificate->get();
  JsonWriter header;
  header.begin_object();
  header.member("alg", "RS256");
  header.member("typ", "JWT");
  header.member("x5t", thumbprint(leaf, EVP_sha1()));
  header.member("x5t#S256", thumbprint(leaf, EVP_sha256()));
  header.end_object();
  return ClientCertificate(std::make_unique<const Parts>(
      Parts{*std::move(key), base64url(header.take()), time_of(X509_get0_notBefore(leaf)),
            time_of(X509_get0_notAfter(leaf))}));
}

std::optional<WallTime> ClientCertificate::expires() const { return parts_->not_after; }

Result<Secret> ClientCertificate::assertion(const std::string& audience,
                                            const std::string& client_id, WallTime now) const {
  if (parts_->not_after && now >= *parts_->not_after)
    return Unexpected(Error{"it expired on " + format_rfc3339(*parts_->not_after) +
                            "; make a new one and register it with the application"});
  if (parts_->not_before && now < *parts_->not_before)
    return Unexpected(Error{"it is not valid before " + format_rfc3339(*parts_->not_before) +
                            "; check this machine's clock"});
  std::array<unsigned char, 16> id{};
  if (RAND_bytes(id.data(), static_cast<int>(id.size())) != 1)
    return Unexpected(Error{"OpenSSL could not generate random numbers"});
  JsonWriter claims;
  claims.begin_object();
  claims.member("aud", audience);
  claims.member("iss", client_id);
  claims.member("sub", client_id);
  claims.member("jti", base64url(id.data(), id.size()));
  claims.member("nbf", unix_seconds(now));
  claims.member("iat", unix_seconds(now));
  claims.member("exp", unix_seconds(now + kAssertionLife));
  claims.end_object();
  const std::string text = parts_->header + "." + base64url(claims.take());
  const auto signature = sign(parts_->key.get(), text);
  if (!signature) {
    ERR_clear_error();
    return Unexpected(Error{"OpenSSL cannot sign with its key"});
  }
  return Secret(text + "." + base64url(*signature));
}

Result<ClientCertificate> load_certificate(const CertificateFile& file) {
  const auto pem = read_small_file(file.path);
  if (!pem) return Unexpected(pem.error());
  remember_keys(pem->reveal());
  auto certificate = ClientCertificate::parse(*pem, file.password);
  if (!certificate) {
    return Unexpected(Error{"the client certificate " + shown_path(file.path) +
                            " cannot be used: " + certificate.error().message});
  }
  return certificate;
}

ProofMaker client_certificate_proof(CertificateFile file, std::string client_id,
                                    const Clock& clock) {
  return [file = std::move(file), client_id = std::move(client_id),
          &clock](const std::string& token_url) -> Result<ClientProof> {
    const auto certificate = load_certificate(file);
    if (!certificate) return Unexpected(certificate.error());
    auto assertion = certificate->assertion(token_url, client_id, clock.wall_now());
    if (!assertion) {
      return Unexpected(Error{"the client certificate " + shown_path(file.path) +
                              " cannot be used: " + assertion.error().message});
    }
    return assertion_proof(*std::move(assertion));
  };
}

ExpiryReader client_certificate_expiry(CertificateFile file) {
  return [file = std::move(file)]() -> std::optional<CredentialExpiry> {
    const auto certificate = load_certificate(file);
    if (!certificate || !certificate->expires()) return std::nullopt;
    return CredentialExpiry{CredentialKind::ClientCertificate, *certificate->expires()};
  };
}

}  // namespace defenderd
