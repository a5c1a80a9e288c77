// How the loop reads from a connection and writes to it.

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/letters.h"
#include "server/connection_loop.h"
#include "server/request_parser.h"

namespace defenderd {
namespace {

using Phase = Connection::Phase;

// How much of an answer is sent before the others have their turn: a fast reader of a large one
// would delay them.
constexpr std::size_t kSentPerTurn = std::size_t{256} << 10U;

// The most that a TLS record holds: nothing stays in OpenSSL, where poll() would not see it.
constexpr std::size_t kReceived = 16384;

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

// What lingers is no longer decrypted.
ssize_t receive(const Connection& connection, std::array<char, kReceived>& buffer) {
  return connection.tls && connection.phase != Phase::Lingering
             ? connection.tls->receive(buffer.data(), buffer.size())
             : ::recv(connection.socket.get(), buffer.data(), buffer.size(), 0);
}

ssize_t send(const Connection& connection, std::string_view part) {
  return connection.tls ? connection.tls->send(part.data(), part.size())
                        : ::send(connection.socket.get(), part.data(), part.size(), MSG_NOSIGNAL);
}

}  // namespace

bool has_left(const Connection& connection) {
  pollfd polled{connection.socket.get(), POLLRDHUP, 0};
  return ::poll(&polled, 1, 0) > 0;
}

bool ConnectionLoop::on_event(Connection& connection, SteadyTime now) {
  return connection.phase == Phase::Writing ? write_some(connection, now)
                                            : read_some(connection, now);
}

bool ConnectionLoop::read_some(Connection& connection, SteadyTime now) {
  if (connection.tls && connection.tls->is_fresh()) {
    // A handshake begins with a byte that no request of HTTP begins with.
    char first = 0;
    const auto peeked = ::recv(connection.socket.get(), &first, 1, MSG_PEEK);
    if (peeked <= 0) return peeked < 0 && would_block();
    if (is_alphanumeric(first)) return refuse_plain(connection, now);
  }
  // A handshake costs more than all the rest.
  if (connection.awaits_handshake() && has_left(connection)) return false;
  std::array<char, kReceived> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read into
  const auto count = receive(connection, buffer);
  if (count < 0 && errno == EPROTO) hooks_.refused(Refused::Tls);
  if (count < 0) return would_block();
  if (count == 0) return false;
  if (connection.phase == Phase::Lingering) return true;  // no longer read
  table_.progressed(connection, now);
  if (connection.in.empty()) connection.deadline = now + limits_.request;
  connection.in.append(buffer.data(), static_cast<std::size_t>(count));
  return next_request(connection, now);
}

bool ConnectionLoop::refuse_plain(Connection& connection, SteadyTime now) {
  connection.tls.reset();
  return refuse(connection, Refused::Malformed,
                text_response(400, "this port speaks HTTPS: use https://"), now);
}

bool ConnectionLoop::next_request(Connection& connection, SteadyTime now) {
  const RequestFrame frame = find_request(connection.in, limits_.frame);
  if (frame.kind == RequestFrame::Kind::Incomplete) return true;
  // As after too long a pause: the client repeats its request on a new connection.
  if (is_outdated(connection)) return false;
  if (frame.kind == RequestFrame::Kind::Rejected)
    return refuse(connection, Refused::Malformed, text_response(frame.status, frame.why), now);
  auto request = parse_request(std::string_view(connection.in).substr(0, frame.head_size));
  if (!request) {
    return refuse(connection, Refused::Malformed,
                  text_response(request.error().status, request.error().why), now);
  }
  if (connection.tls) request->client = connection.tls->client();
  request->body = connection.in.substr(frame.head_size, frame.size - frame.head_size);
  // Not erased if that is all: it would keep its memory as long as the client stays.
  connection.in =
      connection.in.size() == frame.size ? std::string() : connection.in.substr(frame.size);
  connection.options.close = !frame.keep_alive || draining_;
  return submit(connection, *std::move(request), now);
}

bool ConnectionLoop::write_some(Connection& connection, SteadyTime now) {
  std::size_t left = kSentPerTurn;
  while (connection.sent < connection.out.size()) {
    if (left == 0) return true;
    const std::string_view part = connection.out.from(connection.sent).substr(0, left);
    const auto count = send(connection, part);
    if (count < 0) return would_block();
    connection.sent += static_cast<std::size_t>(count);
    left -= static_cast<std::size_t>(count);
    table_.progressed(connection, now);
  }
  forget_answer(connection);
  if (connection.options.close || draining_) {
    if (connection.tls) connection.tls->close();
    // Closing while the client still sends would destroy the answer.
    ::shutdown(connection.socket.get(), SHUT_WR);
    connection.phase = Phase::Lingering;
    connection.deadline = now + limits_.linger;
    return true;
  }
  connection.phase = Phase::Reading;
  connection.deadline = now + (connection.in.empty() ? limits_.idle : limits_.request);
  return next_request(connection, now);
}

void ConnectionLoop::forget_answer(Connection& connection) {
  unsent_.remove(connection.out);
  // Moved out, not overwritten, which would keep its memory as long as the client stays.
  { const WireAnswer sent = std::move(connection.out); }
  connection.out = {};
  connection.sent = 0;
}

}  // namespace defenderd
