#include "arm/trust_store.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <utility>
#include <vector>

namespace defenderd {

struct TrustStore::Certificates {
  std::vector<X509*> all;

  Certificates() = default;
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;
  ~Certificates() {
    for (X509* const certificate : all) X509_free(certificate);
  }
};

TrustStore::TrustStore(std::unique_ptr<Certificates> certificates)
    : certificates_(std::move(certificates)) {}
TrustStore::TrustStore(TrustStore&&) noexcept = default;
TrustStore& TrustStore::operator=(TrustStore&&) noexcept = default;
TrustStore::~TrustStore() = default;

Result<TrustStore> TrustStore::load(const std::string& ca_file) {
  std::vector<std::string> candidates{ca_file};
  if (ca_file.empty()) {
    // OpenSSL's own default, then Debian's bundle.
    candidates = {X509_get_default_cert_file(), "/etc/ssl/certs/ca-certificates.crt"};
  }
  for (const std::string& candidate : candidates) {
    if (candidate.empty()) continue;
    BIO* const file = BIO_new_file(candidate.c_str(), "r");
    if (file == nullptr) continue;
    auto certificates = std::make_unique<Certificates>();
    while (X509* const certificate = PEM_read_bio_X509_AUX(file, nullptr, nullptr, nullptr)) {
      certificates->all.push_back(certificate);
    }
    BIO_free(file);
    ERR_clear_error();  // the end of the file counts as one
    if (certificates->all.empty()) {
      return Unexpected(Error{"'" + candidate +
                              "' holds no PEM certificate; expected a CA file with "
                              "-----BEGIN CERTIFICATE----- blocks"});
    }
    return TrustStore(std::move(certificates));
  }
  ERR_clear_error();
  if (!ca_file.empty()) {
    return Unexpected(
        Error{"cannot read the CA file '" + ca_file + "'; check azure.endpoints.caFile"});
  }
  return Unexpected(
      Error{"this machine has no CA certificates, so no server can be verified; install "
            "ca-certificates, or name a CA file in azure.endpoints.caFile"});
}

X509_STORE* TrustStore::make_store() const {
  X509_STORE* const store = X509_STORE_new();
  for (X509* const certificate : certificates_->all) X509_STORE_add_cert(store, certificate);
  X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST);
  return store;
}

}  // namespace defenderd
