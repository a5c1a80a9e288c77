#pragma once
// TLS 1.2 or later as a client, over OpenSSL: servers are always verified, against one certificate
// store that all connections share.

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <string>

#include "net/own_certificate.h"
#include "net/trust_store.h"

using SSL_CTX = struct ssl_ctx_st;  // OpenSSL's
using SSL = struct ssl_st;

namespace defenderd {

// Constant after construction: any number of threads create sessions from it.
class TlsContext {
 public:
  explicit TlsContext(const TrustStore& trust);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  // What it shows to servers that ask for a certificate. Before the first session.
  [[nodiscard]] Result<Done> show(const OwnCertificate& own) {
    return show_certificate(context_, own);
  }

  [[nodiscard]] SSL* new_session() const;  // the caller owns it
  [[nodiscard]] bool is_pinned() const { return pinned_; }

 private:
  SSL_CTX* const context_;
  const bool pinned_;
};

// One session over a connected, blocking socket, which it does not own. Not thread-safe. The
// socket's timeouts, and shutting it down from elsewhere, end every call.
class TlsSession {
 public:
  // `host`: the name or address that the server's certificate must have, unless it is pinned.
  TlsSession(const TlsContext& context, int socket, const std::string& host);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  ~TlsSession();  // sends close_notify unless something broke

  enum class Handshake { Done, TimedOut, Failed, NotTrusted };
  [[nodiscard]] Handshake handshake();
  // Why it was not trusted, as X509_V_ERR_*.
  [[nodiscard]] long verify_result() const;

  // Why the server has refused the connection, in the words of TLS such as "certificate required";
  // "" if it has not said.
  [[nodiscard]] const std::string& alert() const { return alert_; }

  // Like recv() and send(): the number of bytes, 0 if the peer has closed, -1 after an error.
  [[nodiscard]] ssize_t read(char* to, std::size_t size);
  [[nodiscard]] ssize_t write(const char* from, std::size_t size);
  // Whether received data has not been read yet.
  [[nodiscard]] bool has_unread() const;

 private:
  void note_alert();

  SSL* const session_;
  std::string alert_ = {};
  bool works_ = false;
};

}  // namespace defenderd
