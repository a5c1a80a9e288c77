#include "server/listener.h"

#include <fcntl.h>
#include <httplib.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/host_port.h"

namespace defenderd {
namespace {

// Each connection inherits it. A client that does not read its answer holds this much of the
// kernel's memory, which a container's limit counts as ours; the kernel doubles it.
constexpr int kSendBuffer = 128 * 1024;
constexpr int kReceiveBuffer = 32 * 1024;

std::string bind_problem(const std::string& host, int port, int error) {
  const std::string place = host_and_port(host, port);
  switch (error) {
    case EADDRINUSE:
      return "cannot listen on " + place +
             ": another program uses this port; stop it or set another server.listen";
    case EACCES:
      return "cannot listen on " + place +
             ": ports below 1024 need privileges; set server.listen to a higher one";
    case EADDRNOTAVAIL:
      return "cannot listen on " + place +
             ": this machine has no such address; set server.listen to 0.0.0.0 or one it has";
    case 0:
      return "cannot listen on " + place +
             ": the host is not an address or a name that resolves; check server.listen";
    default:
      return "cannot listen on " + place + ": " + std::strerror(error) + "; check server.listen";
  }
}

void set(int socket, int option, int value) {
  ::setsockopt(socket, SOL_SOCKET, option, &value, sizeof value);
}

// Its accept loop is not usable: it closes the socket for good at the first error other than
// EMFILE, and has a backlog of 5.
class Binder final : public httplib::Server {
 public:
  Binder() {
    // Without SO_REUSEPORT, which would let a second daemon share the port unnoticed.
    set_socket_options([](socket_t socket) {
      set(socket, SO_REUSEADDR, 1);
      set(socket, SO_SNDBUF, kSendBuffer);
      set(socket, SO_RCVBUF, kReceiveBuffer);
    });
  }
  UniqueFd take_socket() { return UniqueFd(svr_sock_.exchange(INVALID_SOCKET)); }
};

}  // namespace

Result<Listener> listen_on(const std::string& host, int port) {
  Binder binder;
  errno = 0;
  const int bound =
      port == 0 ? binder.bind_to_any_port(host) : (binder.bind_to_port(host, port) ? port : -1);
  if (bound <= 0) return Unexpected(Error{bind_problem(host, port, errno)});
  Listener listener{binder.take_socket(), bound};
  const int fd = listener.socket.get();
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::listen(fd, SOMAXCONN);
  return listener;
}

Result<Listener> shared(const Listener& listener) {
  UniqueFd socket(::fcntl(listener.socket.get(), F_DUPFD_CLOEXEC, 0));
  if (socket.is_open()) return Listener{std::move(socket), listener.port};
  return Unexpected(Error{std::string("cannot listen: ") + std::strerror(errno) +
                          "; check the limit of open files (ulimit -n)"});
}

}  // namespace defenderd
