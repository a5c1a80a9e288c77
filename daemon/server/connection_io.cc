// How the loop reads from a connection and writes to it.

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "server/connection_loop.h"
#include "server/request_parser.h"

namespace defenderd {
namespace {

using Phase = Connection::Phase;

// How much of an answer is sent before the others have their turn: a fast reader of a large one
// would delay them.
constexpr std::size_t kSentPerTurn = std::size_t{256} << 10U;

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

bool ConnectionLoop::on_event(Connection& connection, SteadyTime now) {
  return connection.phase == Phase::Writing ? write_some(connection, now)
                                            : read_some(connection, now);
}

bool ConnectionLoop::read_some(Connection& connection, SteadyTime now) {
  std::array<char, 16384> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read into
  const auto count = ::recv(connection.socket.get(), buffer.data(), buffer.size(), 0);
  if (count < 0) return would_block();
  if (count == 0) return false;
  if (connection.phase == Phase::Lingering) return true;  // nobody reads it any more
  table_.progressed(connection, now);
  if (connection.in.empty()) connection.deadline = now + limits_.request;
  connection.in.append(buffer.data(), static_cast<std::size_t>(count));
  return next_request(connection, now);
}

bool ConnectionLoop::next_request(Connection& connection, SteadyTime now) {
  const RequestFrame frame = find_request(connection.in, limits_.frame);
  if (frame.kind == RequestFrame::Kind::Incomplete) return true;
  if (frame.kind == RequestFrame::Kind::Rejected)
    return refuse(connection, Refused::Malformed, text_response(frame.status, frame.why), now);
  auto request = parse_request(std::string_view(connection.in).substr(0, frame.head_size));
  if (!request) {
    return refuse(connection, Refused::Malformed,
                  text_response(request.error().status, request.error().why), now);
  }
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
    const auto count = ::send(connection.socket.get(), part.data(), part.size(), MSG_NOSIGNAL);
    if (count < 0) return would_block();
    connection.sent += static_cast<std::size_t>(count);
    left -= static_cast<std::size_t>(count);
    table_.progressed(connection, now);
  }
  forget_answer(connection);
  if (connection.options.close || draining_) {
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
