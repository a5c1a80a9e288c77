#include "support/key_pair.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cstring>
#include <memory>
#include <stdexcept>

#include "base/freed_by.h"

namespace defenderd {
namespace {

using Bio = std::unique_ptr<BIO, FreedBy<BIO_free_all>>;

void must(bool done) {
  if (!done) throw std::runtime_error("OpenSSL cannot make a key pair");
}

template <class Write>
std::string pem(Write write) {
  const Bio bio(BIO_new(BIO_s_mem()));
  must(write(bio.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

KeyPair make_key_pair(WallTime now, KeyType type, const char* not_after) {
  const std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>> key(
      type == KeyType::Rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"));
  must(key != nullptr);
  const std::unique_ptr<X509, FreedBy<X509_free>> certificate(X509_new());
  constexpr long kHalfAYear = 183L * 24 * 3600;
  std::time_t moment = std::chrono::system_clock::to_time_t(now);
  X509* const x509 = certificate.get();
  X509_set_version(x509, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_time_adj(X509_getm_notBefore(x509), -kHalfAYear, &moment);
  X509_time_adj(X509_getm_notAfter(x509), kHalfAYear, &moment);
  if (not_after != nullptr)
    must(ASN1_TIME_set_string_X509(X509_getm_notAfter(x509), not_after) == 1);
  X509_NAME* const name = X509_get_subject_name(x509);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("keeper"), -1, -1, 0);
  X509_set_issuer_name(x509, name);
  must(X509_set_pubkey(x509, key.get()) == 1);
  must(X509_sign(x509, key.get(), EVP_sha256()) > 0);
  KeyPair pair;
  pair.certificate = pem([&](BIO* bio) { return PEM_write_bio_X509(bio, x509); });
  pair.key = pem([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  pair.encrypted_key = pem([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key.get(), EVP_aes_256_cbc(), kKeyPassword,
                                         static_cast<int>(std::strlen(kKeyPassword)), nullptr,
                                         nullptr);
  });
  return pair;
}

}  // namespace defenderd
