#include "server/server_tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include "base/freed_by.h"
#include "base/since_epoch.h"
#include "server/certificate_names.h"

namespace defenderd {
namespace {

using Bio = std::unique_ptr<BIO, FreedBy<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreedBy<X509_free>>;
using Context = std::unique_ptr<SSL_CTX, FreedBy<SSL_CTX_free>>;

constexpr int kMostCertificates = 1000;  // of clients' authorities

Bio open_memory(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// Without it OpenSSL would prompt on the terminal for an encrypted block, and wait.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) {
  if (asked != nullptr) *static_cast<bool*>(asked) = true;
  return -1;
}

std::optional<WallTime> time_of(const ASN1_TIME* time) {
  const std::unique_ptr<ASN1_TIME, FreedBy<ASN1_TIME_free>> epoch(ASN1_TIME_set(nullptr, 0));
  int days = 0;
  int seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) return std::nullopt;
  return since_epoch(days, seconds);
}

Result<WallTime> use_certificates(SSL_CTX* context, const std::string& pem) {
  const Bio bio = open_memory(pem);
  const Certificate own(PEM_read_bio_X509_AUX(bio.get(), nullptr, no_password, nullptr));
  if (!own)
    return Unexpected(Error{"cert_file: expected a PEM file with the server's certificate"});
  if (SSL_CTX_use_certificate(context, own.get()) != 1) {
    return Unexpected(Error{
        "cert_file: OpenSSL refuses this certificate, its key or its signature may be too weak"});
  }
  while (Certificate next{PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)})
    SSL_CTX_add1_chain_cert(context, next.get());
  const auto expires = time_of(X509_get0_notAfter(own.get()));
  if (!expires) return Unexpected(Error{"cert_file: the certificate has no valid time of expiry"});
  return *expires;
}

Result<Done> use_key(SSL_CTX* context, const std::string& pem) {
  const Bio bio = open_memory(pem);
  bool encrypted = false;
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_password, &encrypted));
  if (!key) {
    return Unexpected(Error{encrypted
                                ? "key_file: the key is encrypted; expected one without a password"
                                : "key_file: expected a PEM file with the certificate's key"});
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1)
    return Done{};
  return Unexpected(Error{"key_file: this is not the key of the certificate in cert_file"});
}

Result<Done> use_client_cas(SSL_CTX* context, const ServerTls::Material& material) {
  if (material.rules.client == ClientAuth::NotAsked) return Done{};
  const Bio bio = open_memory(material.client_cas);
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  int count = 0;
  for (; count < kMostCertificates; ++count) {
    const Certificate ca(PEM_read_bio_X509_AUX(bio.get(), nullptr, no_password, nullptr));
    if (!ca) break;
    X509_STORE_add_cert(store, ca.get());
    SSL_CTX_add_client_CA(context, ca.get());
  }
  if (count == 0) {
    return Unexpected(
        Error{"client_ca_file: expected a PEM file with the certificates that sign clients'"});
  }
  const bool required = material.rules.client == ClientAuth::Required && !material.let_in;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                     nullptr);
  return Done{};
}

int protocol(TlsVersion version) {
  return version == TlsVersion::Tls12 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

void set_rules(SSL_CTX* context, const TlsRules& rules) {
  SSL_CTX_set_min_proto_version(context, protocol(rules.min));
  SSL_CTX_set_max_proto_version(context, protocol(rules.max));
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  // Otherwise a client that sends records without data would keep the thread within one call.
  SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
}

}  // namespace

Result<std::shared_ptr<const ServerTls>> ServerTls::create(const Material& material) {
  Context context(SSL_CTX_new(TLS_server_method()));
  if (!context) return Unexpected(Error{"OpenSSL cannot be initialised"});
  set_rules(context.get(), material.rules);
  const auto expires = use_certificates(context.get(), material.certificates);
  auto done = expires ? use_key(context.get(), material.key.reveal())
                      : Result<Done>(Unexpected(expires.error()));
  if (done) done = use_client_cas(context.get(), material);
  ERR_clear_error();  // the end of a file counts as one
  if (!done) return Unexpected(done.error());
  const std::shared_ptr<ServerTls> tls(new ServerTls(context.release(), material));
  tls->expires_ = *expires;
  return std::shared_ptr<const ServerTls>(tls);
}

ServerTls::~ServerTls() { SSL_CTX_free(context_); }

std::unique_ptr<TlsChannel> ServerTls::accept(int socket) const {
  SSL* const session = SSL_new(context_);
  if (session == nullptr) throw std::bad_alloc();
  SSL_set_fd(session, socket);
  SSL_set_accept_state(session);
  return std::make_unique<TlsChannel>(shared_from_this(), session);
}

TlsChannel::TlsChannel(std::shared_ptr<const ServerTls> tls, SSL* session)
    : tls_(std::move(tls)), session_(session) {}

TlsChannel::~TlsChannel() {
  SSL_free(session_);
  ERR_clear_error();
}

ssize_t TlsChannel::receive(char* to, std::size_t size) {
  ERR_clear_error();
  const int length = static_cast<int>(std::min(size, static_cast<std::size_t>(INT_MAX)));
  fresh_ = false;
  return outcome_of(SSL_read(session_, to, length));
}

ssize_t TlsChannel::send(const char* from, std::size_t size) {
  ERR_clear_error();
  const int length = static_cast<int>(std::min(size, static_cast<std::size_t>(INT_MAX)));
  return outcome_of(SSL_write(session_, from, length));
}

ssize_t TlsChannel::outcome_of(int result) {
  awaits_ = 0;
  if (result > 0) return result;
  switch (SSL_get_error(session_, result)) {
    case SSL_ERROR_WANT_READ:
      awaits_ = POLLIN;
      break;
    case SSL_ERROR_WANT_WRITE:
      awaits_ = POLLOUT;
      break;
    case SSL_ERROR_ZERO_RETURN:
      return 0;
    default:
      broken_ = true;
      errno = EPROTO;
      return -1;
  }
  errno = EAGAIN;
  return -1;
}

short TlsChannel::awaits(short otherwise) const { return awaits_ == 0 ? otherwise : awaits_; }

bool TlsChannel::has_sent() const { return BIO_number_written(SSL_get_wbio(session_)) > 0; }

ClientIdentity TlsChannel::client() const {
  const X509* const certificate = SSL_get0_peer_certificate(session_);
  if (certificate == nullptr) return ClientIdentity::None;
  const std::vector<std::string>& allowed = tls_->rules_.allowed_sans;
  const bool may = SSL_get_verify_result(session_) == X509_V_OK &&
                   (allowed.empty() || has_name(certificate, allowed));
  return may ? ClientIdentity::Verified : ClientIdentity::NotAllowed;
}

void TlsChannel::close() {
  if (!broken_ && SSL_is_init_finished(session_) == 1) SSL_shutdown(session_);
  ERR_clear_error();
}

}  // namespace defenderd
