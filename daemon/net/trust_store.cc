#include "net/trust_store.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <string>
#include <utility>
#include <vector>

#include "base/read_file.h"
#include "base/scrub.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxBundle = 16UL << 20U;  // Debian's has 220 KB

}  // namespace

TrustStore::TrustStore(TrustStore&& other) noexcept
    : store_(std::exchange(other.store_, nullptr)) {}

TrustStore& TrustStore::operator=(TrustStore&& other) noexcept {
  std::swap(store_, other.store_);
  return *this;
}

TrustStore::~TrustStore() { X509_STORE_free(store_); }

Result<TrustStore> TrustStore::load(const std::string& ca_file) {
  std::vector<std::string> candidates{ca_file};
  if (ca_file.empty()) {
    // OpenSSL's own default, then Debian's bundle.
    candidates = {X509_get_default_cert_file(), "/etc/ssl/certs/ca-certificates.crt"};
  }
  std::string problem;
  for (const std::string& candidate : candidates) {
    if (candidate.empty()) continue;
    const auto pem = read_file(candidate, kMaxBundle);
    if (!pem) {
      problem = pem.error().message;
      continue;
    }
    BIO* const file = BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size()));
    if (file == nullptr) continue;
    TrustStore trust(X509_STORE_new());
    X509_STORE_set_flags(trust.store_, X509_V_FLAG_TRUSTED_FIRST);
    bool has_one = false;
    while (X509* const certificate = PEM_read_bio_X509_AUX(file, nullptr, nullptr, nullptr)) {
      has_one = true;
      X509_STORE_add_cert(trust.store_, certificate);
      X509_free(certificate);
    }
    BIO_free(file);
    ERR_clear_error();  // the end of the file counts as one
    if (!has_one) {
      return Unexpected(Error{shown_path(candidate) +
                              " contains no PEM certificate; expected a CA file with "
                              "-----BEGIN CERTIFICATE----- blocks"});
    }
    return trust;
  }
  ERR_clear_error();
  if (!ca_file.empty()) {
    return Unexpected(Error{"cannot read the CA file " + shown_path(ca_file) + ": " + problem +
                            "; check azure.endpoints.caFile"});
  }
  return Unexpected(
      Error{"this machine has no CA certificates, so no server can be verified; install "
            "ca-certificates, or set azure.endpoints.caFile"});
}

TrustStore TrustStore::nobody() { return TrustStore(X509_STORE_new()); }

}  // namespace defenderd
