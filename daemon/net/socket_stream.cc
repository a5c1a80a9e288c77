#include "net/socket_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace defenderd {
namespace {

void set_option(int socket, int level, int name, Duration::rep value) {
  const int number = static_cast<int>(value);
  ::setsockopt(socket, level, name, &number, sizeof number);
}

}  // namespace

SocketStream::SocketStream(UniqueFd socket) : socket_(std::move(socket)) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  constexpr auto kBetweenProbes = seconds(5);
  const int tcp = socket_.get();
  set_option(tcp, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(tcp, IPPROTO_TCP, TCP_KEEPIDLE, std::chrono::floor<seconds>(kProbeAfter).count());
  set_option(tcp, IPPROTO_TCP, TCP_KEEPINTVL, kBetweenProbes.count());
  set_option(tcp, IPPROTO_TCP, TCP_USER_TIMEOUT,
             std::chrono::floor<milliseconds>(kMaxSilence).count());
}

void SocketStream::set_timeout(Duration timeout) {
  if (timeout == timeout_) return;
  timeout_ = timeout;
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(timeout).count();
  const timeval limit{us / 1'000'000, us % 1'000'000};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

ssize_t SocketStream::write(const char* from, std::size_t size) {
  if (tls_) return tls_->write(from, size);
  while (true) {
    const ssize_t count = ::send(socket_.get(), from, size, MSG_NOSIGNAL);
    if (count >= 0 || errno != EINTR) return count;
  }
}

bool SocketStream::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(bytes.data(), bytes.size());
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool SocketStream::receive() {
  if (begin_ < end_) return true;
  const ssize_t count = receive_piece();
  ended_ = count <= 0;
  broke_ = count < 0;
  begin_ = 0;
  end_ = static_cast<std::size_t>(std::max<ssize_t>(count, 0));
  return !ended_;
}

ssize_t SocketStream::receive_piece() {
  if (tls_) return tls_->read(buffer_.data(), buffer_.size());
  while (true) {
    const ssize_t count = ::recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
    if (count >= 0 || errno != EINTR) return count;
  }
}

}  // namespace defenderd
