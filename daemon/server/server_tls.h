#pragma once
// TLS 1.2 and 1.3 as a server, over OpenSSL, on sockets that do not block.
//
// No session is resumed, so that each connection's client certificate is verified anew, and nothing
// is renegotiated. Cipher suites of TLS 1.2 are forward-secret with AEAD.

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "core/web_rules.h"
#include "server/http.h"

using SSL_CTX = struct ssl_ctx_st;  // OpenSSL's
using SSL = struct ssl_st;

namespace defenderd {

class TlsChannel;

// Constant after construction: any number of threads create channels from it.
class ServerTls : public std::enable_shared_from_this<ServerTls> {
 public:
  struct Material {
    std::string certificates;  // PEM: the server's, and those between it and the root
    Secret key;                // PEM
    std::string client_cas;    // PEM; those that sign clients' certificates
    TlsRules rules = {};
    // A client without a certificate is let in as ClientIdentity::None even if one is required.
    bool let_in = false;
  };
  // The Error names the part that is wrong: "cert_file: ...".
  [[nodiscard]] static Result<std::shared_ptr<const ServerTls>> create(const Material& material);
  ServerTls(const ServerTls&) = delete;
  ServerTls& operator=(const ServerTls&) = delete;
  ~ServerTls();

  // For a connected socket, which the channel does not own. Never nullptr, which would be plain
  // HTTP: throws std::bad_alloc if memory has run out.
  [[nodiscard]] std::unique_ptr<TlsChannel> accept(int socket) const;
  [[nodiscard]] WallTime expires() const { return expires_; }  // the server's certificate
  // Whether a client is let in, or not, by the other one as by this one.
  [[nodiscard]] bool judges_as(const ServerTls& other) const {
    return rules_ == other.rules_ && client_cas_ == other.client_cas_;
  }

 private:
  friend class TlsChannel;
  ServerTls(SSL_CTX* context, const Material& material)
      : context_(context),
        rules_(material.rules),
        client_cas_(material.rules.client == ClientAuth::NotAsked ? "" : material.client_cas) {}

  SSL_CTX* const context_;
  const TlsRules rules_;
  const std::string client_cas_;
  WallTime expires_ = {};
};

// One connection. Not thread-safe. The handshake is part of the first calls of receive().
class TlsChannel {
 public:
  // Owns the session.
  TlsChannel(std::shared_ptr<const ServerTls> tls, SSL* session);
  TlsChannel(const TlsChannel&) = delete;
  TlsChannel& operator=(const TlsChannel&) = delete;
  ~TlsChannel();

  // Like recv() and send(): the number of bytes, 0 if the client has closed, -1 with errno EAGAIN
  // if the socket must become ready first, or EPROTO if the connection is of no more use.
  // `size` of receive() is at least that of a record, 16 KiB. After EAGAIN, the next send() has at
  // least the same bytes.
  [[nodiscard]] ssize_t receive(char* to, std::size_t size);
  [[nodiscard]] ssize_t send(const char* from, std::size_t size);

  // What to poll the socket for before the call that returned EAGAIN is repeated: POLLIN or
  // POLLOUT; `otherwise` if that was no such call.
  [[nodiscard]] short awaits(short otherwise) const;
  // Whether the client has sent nothing yet.
  [[nodiscard]] bool is_fresh() const { return fresh_; }
  // Whether anything was sent to the client.
  [[nodiscard]] bool has_sent() const;
  // After the handshake.
  [[nodiscard]] ClientIdentity client() const;
  // Announces to the client that nothing more is sent.
  void close();

 private:
  ssize_t outcome_of(int result);

  const std::shared_ptr<const ServerTls> tls_;
  SSL* const session_;
  bool fresh_ = true;
  bool broken_ = false;
  short awaits_ = 0;
};

}  // namespace defenderd
