#include "net/own_certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <memory>
#include <utility>

#include "base/freed_by.h"
#include "base/read_file.h"
#include "base/scrub.h"
#include "base/secret.h"
#include "net/private_key.h"

namespace defenderd {
namespace {

using Bio = std::unique_ptr<BIO, FreedBy<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, FreedBy<X509_free>>;

constexpr std::size_t kMaxFile = 1UL << 20U;

Unexpected<Error> bad_certificate(const OwnCertificate& own, const std::string& what) {
  return Unexpected(Error{"the client certificate " + shown_path(own.certificate_file) + ": " +
                          what + "; check DEFENDERD_CLIENT_CERT_FILE"});
}

Unexpected<Error> bad_key(const OwnCertificate& own, const std::string& what) {
  return Unexpected(Error{"the key of the client certificate " + shown_path(own.key_file) + ": " +
                          what + "; check DEFENDERD_CLIENT_KEY_FILE"});
}

Result<Done> use_certificates(SSL_CTX* context, const OwnCertificate& own) {
  const auto pem = read_file(own.certificate_file, kMaxFile);
  if (!pem) return bad_certificate(own, pem.error().message);
  const Bio bio(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())));
  const Certificate first(PEM_read_bio_X509_AUX(bio.get(), nullptr, no_password, nullptr));
  if (!first) return bad_certificate(own, "expected a PEM file with the client's certificate");
  if (SSL_CTX_use_certificate(context, first.get()) != 1) {
    return bad_certificate(own, "OpenSSL refuses it, its key or its signature may be too weak");
  }
  while (const Certificate next{PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)})
    SSL_CTX_add1_chain_cert(context, next.get());
  return Done{};
}

Result<Done> use_key(SSL_CTX* context, const OwnCertificate& own) {
  auto file = read_file(own.key_file, kMaxFile);
  if (!file) return bad_key(own, file.error().message);
  const auto [key, is_encrypted] = read_private_key(Secret(*std::move(file)));
  if (!key) {
    return bad_key(own, is_encrypted ? "it is encrypted; expected one without a password"
                                     : "expected a PEM file with a private key");
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) == 1) return Done{};
  return bad_key(own, "it does not belong to " + shown_path(own.certificate_file));
}

}  // namespace

Result<Done> show_certificate(SSL_CTX* context, const OwnCertificate& own) {
  auto done = use_certificates(context, own);
  if (done) done = use_key(context, own);
  ERR_clear_error();  // the end of a file counts as one
  return done;
}

}  // namespace defenderd
