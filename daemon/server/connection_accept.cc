// How the loop accepts connections, also when places or descriptors have run out.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "server/connection_loop.h"

namespace defenderd {
namespace {

using Phase = Connection::Phase;

// How many are accepted before the others have their turn.
constexpr int kAcceptsPerTurn = 64;

// How long none are accepted if the system has no descriptor or memory.
constexpr Duration kAcceptPause = std::chrono::milliseconds(10);

}  // namespace

void ConnectionLoop::accept_some(SteadyTime now) {
  bool some_left = true;
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    if (table_.full() && some_left) some_left = close_departed();
    if (table_.full() && !make_room(now)) {
      accept_after_ = now + kAcceptPause;
      return;
    }
    UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.get() < 0) {
      if (!survive_accept_error(errno, now)) return;
      continue;
    }
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Connection& connection = table_.add(std::move(socket), now);
    connection.deadline = now + limits_.request;
    begin_reading(connection, now);
  }
}

// True if the next may be accepted immediately.
bool ConnectionLoop::survive_accept_error(int error, SteadyTime now) {
  if (error == EAGAIN || error == EWOULDBLOCK) return false;
  const bool exhausted = error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
  if (!exhausted) return true;  // of a connection that is already gone, see accept(2)
  if (make_room(now)) return true;
  if (spare_.get() >= 0) {
    spare_.reset();
    return true;
  }
  accept_after_ = now + kAcceptPause;
  return false;
}

// Those that left since the turn began, before their handshake: nobody who stays must go for them.
// Returns whether there were any.
bool ConnectionLoop::close_departed() {
  bool any = false;
  for (auto it = table_.all().begin(); it != table_.all().end();) {
    const Connection& connection = *it++;
    if (!connection.awaits_handshake() || !has_left(connection)) continue;
    close(connection);
    some_gave_up_ = any = true;
  }
  return any;
}

bool ConnectionLoop::make_room(SteadyTime now) {
  const Connection* const victim = table_.may_go(now);
  if (victim == nullptr) return false;
  // Where clients give up, there are places soon, and one whose turn has not come need not go.
  if (some_gave_up_ && !victim->is_idle) return false;
  if (victim->phase != Phase::Lingering) hooks_.refused(Refused::Evicted);
  close(*victim);
  return true;
}

}  // namespace defenderd
