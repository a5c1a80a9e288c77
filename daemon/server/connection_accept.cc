// How the loop accepts connections, also when places or descriptors have run out.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "server/connection_loop.h"

namespace defenderd {
namespace {

using Phase = Connection::Phase;

// How many are accepted before the others have their turn. A handshake takes a millisecond or more.
constexpr int kAcceptsPerTurn = 64;
constexpr int kHandshakesPerTurn = 8;
// If more handshakes are asked for than can be done, those that have waited longer are refused: if
// all had their turn, a probe would wait for seconds.
constexpr std::uint32_t kLongestQueueMs = 300;
constexpr int kRefusedPerTurn = 1024;

// How long its first bytes, or it without any, have waited.
std::uint32_t waited_ms(const UniqueFd& socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  return ::getsockopt(socket.get(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0
             ? info.tcpi_last_data_recv
             : 0;
}

// How long none are accepted if the system has no descriptor or memory.
constexpr Duration kAcceptPause = std::chrono::milliseconds(10);

}  // namespace

void ConnectionLoop::accept_some(SteadyTime now) {
  int served = 0;
  for (int i = 0; i < kRefusedPerTurn && served < kAcceptsPerTurn; ++i) {
    if (table_.full() && !make_room(now)) {
      accept_after_ = now + kAcceptPause;
      return;
    }
    UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.get() < 0) {
      if (!survive_accept_error(errno, now)) return;
      continue;
    }
    const bool enough = hooks_.secure && served >= kHandshakesPerTurn;
    if (enough && waited_ms(socket) > kLongestQueueMs) {
      hooks_.refused(Refused::Busy);
      continue;
    }
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Connection& connection = table_.add(std::move(socket), now);
    connection.deadline = now + limits_.request;
    // Its request has usually arrived with it.
    begin_reading(connection, now);
    if (enough) return;
    ++served;
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

bool ConnectionLoop::make_room(SteadyTime now) {
  const Connection* const victim = table_.may_go(now);
  if (victim == nullptr) return false;
  if (victim->phase != Phase::Lingering) hooks_.refused(Refused::Evicted);
  close(*victim);
  return true;
}

}  // namespace defenderd
