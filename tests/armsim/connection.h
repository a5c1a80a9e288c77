#pragma once
// One accepted connection, plain or TLS, as a stream for httplib, which can misbehave on command.

#include <httplib.h>
#include <openssl/ssl.h>

#include <memory>
#include <stop_token>
#include <string>

#include "armsim/http_message.h"
#include "base/freed_by.h"

namespace armsim {

// Owned and used by one thread; only shut_down may come from another. Does not close the socket.
class Connection final : public httplib::Stream {
 public:
  // `tls` null = plain. `stop` ends a dripping answer.
  Connection(socket_t socket, SSL_CTX* tls, std::stop_token stop);
  ~Connection();  // NOLINT(modernize-use-override,cppcoreguidelines-explicit-virtual-functions)
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The TLS handshake; true at once if plain.
  bool handshake();

  // What happens to the answer that is written next, until the next expect_answer.
  void expect_answer(const WireFault& fault);
  // True once a fault has broken the connection.
  [[nodiscard]] bool broken() const { return broken_; }

  // Which of these are virtual depends on the release of httplib, as in net/httplib_client.cc; so
  // none is marked `override`, nor is the destructor.
  // NOLINTBEGIN(modernize-use-override, cppcoreguidelines-explicit-virtual-functions)
  [[nodiscard]] bool is_readable() const { return true; }
  [[nodiscard]] bool is_writable() const { return !broken_; }
  [[nodiscard]] bool wait_readable() const { return true; }
  [[nodiscard]] bool wait_writable() const { return !broken_; }
  ssize_t read(char* data, size_t size);
  ssize_t write(const char* data, size_t size);
  void get_remote_ip_and_port(std::string& ip, int& port) const;
  void get_local_ip_and_port(std::string& ip, int& port) const;
  [[nodiscard]] socket_t socket() const { return socket_; }
  [[nodiscard]] time_t duration() const { return 0; }
  // NOLINTEND(modernize-use-override, cppcoreguidelines-explicit-virtual-functions)

 private:
  bool send(const char* data, std::size_t size);
  bool send_body(const char* data, std::size_t size);
  void break_off();

  const socket_t socket_;
  std::unique_ptr<SSL, defenderd::FreedBy<SSL_free>> ssl_;
  const std::stop_token stop_;
  std::string received_;         // read ahead: httplib asks byte by byte
  std::size_t received_at_ = 0;  // what of it was handed out
  WireFault fault_;
  bool headers_sent_ = false;
  std::size_t body_sent_ = 0;
  bool broken_ = false;
};

}  // namespace armsim
