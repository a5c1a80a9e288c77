#include "app/notify_socket.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>

#include "base/unique_fd.h"

namespace defenderd {
namespace {

Error failed(const std::string& address, const std::string& why) {
  return Error{"cannot notify the service manager at NOTIFY_SOCKET (" + address + "): " + why};
}

std::string reason_of(int number) { return std::generic_category().message(number); }

}  // namespace

Result<Done> NotifySocket::send(const std::string& lines) const {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  const bool abstract = address_.starts_with('@');
  if (!abstract && !address_.starts_with('/')) {
    return Unexpected(failed(address_, "expected an absolute path, or @ and a name"));
  }
  // A path ends with a NUL character.
  if (address_.size() > sizeof(to.sun_path) - (abstract ? 0 : 1)) {
    return Unexpected(failed(address_, "longer than the address of a Unix socket may be"));
  }
  std::memcpy(to.sun_path, address_.data(), address_.size());
  if (abstract) to.sun_path[0] = '\0';  // unix(7)
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size() +
                                             (abstract ? 0 : 1));

  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return Unexpected(failed(address_, reason_of(errno)));
  const timeval patience{.tv_sec = 1, .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  const ssize_t sent =
      ::sendto(socket.get(), lines.data(), lines.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&to), length);  // NOLINT(*-reinterpret-cast)
  if (sent < 0) return Unexpected(failed(address_, reason_of(errno)));
  return Done{};
}

}  // namespace defenderd
