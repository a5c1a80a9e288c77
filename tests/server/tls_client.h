#pragma once
// The same over TLS, with or without a client certificate. The handshake is part of the first
// send().

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/time.h>

#include <memory>
#include <string>

#include "armsim/certificates.h"
#include "base/freed_by.h"
#include "server/raw_client.h"

namespace defenderd {

// What a client trusts and shows.
class ClientTls {
 public:
  // `own`: nullptr is no certificate.
  explicit ClientTls(const std::string& ca_pem, const armsim::ServerCertificate* own = nullptr,
                     int version = 0)
      : context_(SSL_CTX_new(TLS_client_method())) {
    const Bio ca = memory(ca_pem);
    const Certificate root(PEM_read_bio_X509(ca.get(), nullptr, nullptr, nullptr));
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), root.get());
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_min_proto_version(context_.get(), version);
    SSL_CTX_set_max_proto_version(context_.get(), version);
    if (own == nullptr) return;
    const Bio pem = memory(own->certificate_pem);
    const Certificate certificate(PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr));
    const Bio key_pem = memory(own->key_pem);
    const Key key(PEM_read_bio_PrivateKey(key_pem.get(), nullptr, nullptr, nullptr));
    SSL_CTX_use_certificate(context_.get(), certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), key.get());
  }
  [[nodiscard]] SSL_CTX* context() const { return context_.get(); }

 private:
  using Bio = std::unique_ptr<BIO, FreedBy<BIO_free_all>>;
  using Certificate = std::unique_ptr<X509, FreedBy<X509_free>>;
  using Key = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;
  static Bio memory(const std::string& pem) {
    return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  }
  std::unique_ptr<SSL_CTX, FreedBy<SSL_CTX_free>> context_;
};

class TlsClient final : public RawClient {
 public:
  explicit TlsClient(const ClientTls& tls) : session_(SSL_new(tls.context())) {
    SSL_set_fd(session_.get(), fd());
    SSL_set_connect_state(session_.get());
    const timeval patience{10, 0};
    ::setsockopt(fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  TlsClient(const ClientTls& tls, int port, int receive_buffer = 0) : TlsClient(tls) {
    if (receive_buffer > 0)
      ::setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    connect(port);
  }
  [[nodiscard]] std::string version() const { return SSL_get_version(session_.get()); }
  // PEM of what the server has shown.
  [[nodiscard]] const X509* server_certificate() const {
    return SSL_get0_peer_certificate(session_.get());
  }

 protected:
  ssize_t write(std::string_view bytes) override {
    ERR_clear_error();
    return SSL_write(session_.get(), bytes.data(), static_cast<int>(bytes.size()));
  }
  ssize_t read(char* to, std::size_t size) override {
    ERR_clear_error();
    return SSL_read(session_.get(), to, static_cast<int>(size));
  }
  [[nodiscard]] bool has_unread() const override { return SSL_pending(session_.get()) > 0; }

 private:
  std::unique_ptr<SSL, FreedBy<SSL_free>> session_;
};

}  // namespace defenderd
