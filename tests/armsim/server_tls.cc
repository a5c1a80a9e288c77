#include "armsim/server_tls.h"

#include <openssl/pem.h>

#include <string>

namespace armsim {
namespace {

using defenderd::Error;
using defenderd::FreedBy;
using defenderd::Unexpected;

using Bio = std::unique_ptr<BIO, FreedBy<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, FreedBy<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;

Bio open_memory(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

}  // namespace

defenderd::Result<ServerTls> make_server_tls(const ServerCertificate& certificate) {
  ServerTls context(SSL_CTX_new(TLS_server_method()));
  const Certificate own(
      PEM_read_bio_X509(open_memory(certificate.certificate_pem).get(), nullptr, nullptr, nullptr));
  const Key key(
      PEM_read_bio_PrivateKey(open_memory(certificate.key_pem).get(), nullptr, nullptr, nullptr));
  const bool good = context && own && key &&
                    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1 &&
                    SSL_CTX_use_certificate(context.get(), own.get()) == 1 &&
                    SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1 &&
                    SSL_CTX_check_private_key(context.get()) == 1;
  if (!good) return Unexpected(Error{"the TLS certificate and key are not PEM or not a pair"});
  return context;
}

}  // namespace armsim
