#include "armsim/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string_view>

namespace armsim {
namespace {

// False when the stop came first.
bool pause(std::chrono::milliseconds length, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, stop, length, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace

Connection::Connection(socket_t socket, SSL_CTX* tls, std::stop_token stop)
    : socket_(socket), stop_(std::move(stop)) {
  if (tls == nullptr) return;
  ssl_.reset(SSL_new(tls));
  if (ssl_) SSL_set_fd(ssl_.get(), socket);
}

Connection::~Connection() {
  if (ssl_ && !broken_) SSL_shutdown(ssl_.get());
}

bool Connection::handshake() { return !ssl_ || SSL_accept(ssl_.get()) == 1; }

void Connection::expect_answer(const WireFault& fault) {
  fault_ = fault;
  headers_sent_ = false;
  body_sent_ = 0;
}

ssize_t Connection::read(char* data, size_t size) {
  if (received_at_ == received_.size()) {
    received_.resize(16384);
    const ssize_t count =
        ssl_ ? SSL_read(ssl_.get(), received_.data(), static_cast<int>(received_.size()))
             : ::recv(socket_, received_.data(), received_.size(), 0);
    received_.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    received_at_ = 0;
    if (count <= 0) return count;
    // A TLS greeting to a plain port ends in no line break, for which httplib would wait.
    if (!ssl_ && received_.starts_with('\x16')) return 0;
  }
  const std::size_t count = received_.copy(data, size, received_at_);
  received_at_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t Connection::write(const char* data, size_t size) {
  const std::string_view text(data, size);
  if (fault_.drop) break_off();
  std::size_t head = 0;  // httplib writes the head of an answer in one piece
  if (!headers_sent_) {
    const std::size_t end = text.find("\r\n\r\n");
    head = end == std::string_view::npos ? size : end + 4;
    headers_sent_ = end != std::string_view::npos;
    if (!send(data, head)) return -1;
  }
  if (!send_body(data + head, size - head)) return -1;
  return static_cast<ssize_t>(size);
}

bool Connection::send_body(const char* data, std::size_t size) {
  std::size_t sent = 0;
  while (sent < size || fault_.cut_at) {
    if (fault_.cut_at && body_sent_ >= *fault_.cut_at) {
      break_off();
      return false;
    }
    if (sent == size) break;
    std::size_t piece = size - sent;
    if (fault_.cut_at) piece = std::min(piece, *fault_.cut_at - body_sent_);
    if (fault_.drip_bytes > 0) {
      if (!pause(fault_.pause, stop_)) return false;
      piece = std::min(piece, fault_.drip_bytes);
    }
    if (!send(data + sent, piece)) return false;
    sent += piece;
    body_sent_ += piece;
  }
  return true;
}

bool Connection::send(const char* data, std::size_t size) {
  while (size > 0 && !broken_) {
    const ssize_t count = ssl_ ? SSL_write(ssl_.get(), data, static_cast<int>(size))
                               : ::send(socket_, data, size, MSG_NOSIGNAL);
    if (count <= 0) return false;
    data += count;
    size -= static_cast<std::size_t>(count);
  }
  return !broken_;
}

void Connection::break_off() {
  broken_ = true;
  ::shutdown(socket_, SHUT_RDWR);
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip = "client";
  port = 0;
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  ip = "armsim";
  port = 0;
}

}  // namespace armsim
