#pragma once
// A connected socket, plain or under TLS.

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "net/tls.h"

namespace defenderd {

// Not thread-safe. What is received stays in a buffer until it is taken.
class SocketStream {
 public:
  // How long a peer may leave what was sent, or a keepalive probe, without acknowledgement: shorter
  // than a request's usual timeout, and longer than the longest retransmissions of a bad network.
  static constexpr Duration kMaxSilence = std::chrono::seconds(20);
  // When to probe a quiet connection: more often than NAT gateways and load balancers forget one.
  static constexpr Duration kProbeAfter = std::chrono::seconds(15);

  // `socket` blocks. It is set to notice a connection that was dropped without a word: not only
  // when a request is sent, but also while its answer is awaited.
  explicit SocketStream(UniqueFd socket);
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;
  ~SocketStream() = default;

  // From here on everything is encrypted.
  TlsSession& start_tls(const TlsContext& context, const std::string& host) {
    return tls_.emplace(context, socket_.get(), host);
  }
  // How long one read or write may take.
  void set_timeout(Duration timeout);

  // As send(): the number of bytes written, -1 when the connection is broken.
  [[nodiscard]] ssize_t write(const char* from, std::size_t size);
  [[nodiscard]] bool write_all(std::string_view bytes);

  // Waits until more has been received. False at the end of the connection: `broke` says whether
  // it ended other than by the peer's orderly close.
  [[nodiscard]] bool receive();
  [[nodiscard]] bool broke() const { return broke_; }
  // TlsSession::alert(); "" on a plain connection.
  [[nodiscard]] std::string alert() const { return tls_ ? tls_->alert() : std::string(); }
  [[nodiscard]] std::string_view received() const {
    return {buffer_.data() + begin_, end_ - begin_};
  }
  void take(std::size_t count) { begin_ += count; }
  // Everything received has been taken, and the peer has not closed the connection.
  [[nodiscard]] bool is_at_rest() const {
    return begin_ == end_ && !ended_ && !(tls_ && tls_->has_unread());
  }

  [[nodiscard]] int socket() const { return socket_.get(); }

 private:
  ssize_t receive_piece();

  const UniqueFd socket_;
  std::optional<TlsSession> tls_ = {};  // after the socket, on which its goodbye goes out
  Duration timeout_{0};
  std::array<char, 16384> buffer_ = {};  // the largest TLS record
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;
  bool broke_ = false;
};

}  // namespace defenderd
