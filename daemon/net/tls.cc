#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace defenderd {
namespace {

bool is_timeout(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

// Calls OpenSSL again if a signal interrupted it. The error queue must be empty before each call,
// or an old error of this thread would be taken for that of the call.
template <class Call>
int repeat(SSL* session, Call call) {
  while (true) {
    ERR_clear_error();
    errno = 0;
    const int result = call();
    if (result > 0) return result;
    const int why = SSL_get_error(session, result);
    const bool waits = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
    if (!waits || errno != EINTR) return result;
  }
}

int as_int(std::size_t size) {
  return static_cast<int>(std::min(size, static_cast<std::size_t>(INT_MAX)));
}

}  // namespace

TlsContext::TlsContext(const TrustStore& trust)
    : context_(SSL_CTX_new(TLS_client_method())), pinned_(trust.is_pinned()) {
  SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set1_cert_store(context_, trust.store());
  // Reads as much as has arrived in one system call, instead of a record's head and then the rest.
  SSL_CTX_set_read_ahead(context_, 1);
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

SSL* TlsContext::new_session() const { return SSL_new(context_); }

TlsSession::TlsSession(const TlsContext& context, int socket, const std::string& host)
    : session_(context.new_session()) {
  SSL_set_fd(session_, socket);
  if (context.is_pinned()) return;
  X509_VERIFY_PARAM* const expected = SSL_get0_param(session_);
  if (X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1) return;
  X509_VERIFY_PARAM_set1_host(expected, host.c_str(), host.size());
  // The macro for this, SSL_set_tlsext_host_name, casts in the old style. An address has no name.
  SSL_ctrl(session_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           const_cast<char*>(host.c_str()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

TlsSession::~TlsSession() {
  if (works_) {
    ERR_clear_error();
    SSL_shutdown(session_);
  }
  SSL_free(session_);
  ERR_clear_error();
}

TlsSession::Handshake TlsSession::handshake() {
  if (repeat(session_, [this] { return SSL_connect(session_); }) == 1) {
    works_ = true;
    return Handshake::Done;
  }
  note_alert();
  if (verify_result() != X509_V_OK) return Handshake::NotTrusted;
  return is_timeout(errno) ? Handshake::TimedOut : Handshake::Failed;
}

void TlsSession::note_alert() {
  const unsigned long error = ERR_peek_error();
  const int alert = ERR_GET_REASON(error) - SSL_AD_REASON_OFFSET;
  if (ERR_GET_LIB(error) == ERR_LIB_SSL && alert > 0) alert_ = SSL_alert_desc_string_long(alert);
}

long TlsSession::verify_result() const { return SSL_get_verify_result(session_); }

ssize_t TlsSession::read(char* to, std::size_t size) {
  const int count = repeat(session_, [&] { return SSL_read(session_, to, as_int(size)); });
  if (count > 0) return count;
  if (SSL_get_error(session_, count) == SSL_ERROR_ZERO_RETURN) return 0;
  works_ = false;
  note_alert();
  return -1;
}

ssize_t TlsSession::write(const char* from, std::size_t size) {
  const int count = repeat(session_, [&] { return SSL_write(session_, from, as_int(size)); });
  works_ = works_ && count > 0;
  return count > 0 ? count : -1;
}

bool TlsSession::has_unread() const { return SSL_has_pending(session_) == 1; }

}  // namespace defenderd
