#include "telemetry/outlet.h"

#include <fcntl.h>
#include <limits.h>  // NOLINT(modernize-deprecated-headers): PIPE_BUF is POSIX
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

namespace defenderd {
namespace {

std::error_code last_error() { return {errno, std::system_category()}; }

}  // namespace

Outlet::Outlet(int descriptor) : descriptor_(descriptor) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return;  // each write reports it
  if (S_ISREG(status.st_mode)) {
    kind_ = Kind::Regular;
  } else if (S_ISSOCK(status.st_mode)) {
    kind_ = Kind::Socket;
  } else {
    // Opened again, so that O_NONBLOCK affects only us. Not possible if another user created the
    // pipe, as some container runtimes do.
    const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
    own_ = UniqueFd(open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (own_.get() >= 0) kind_ = Kind::NonBlocking;
  }
}

bool Outlet::is_same_as(const Outlet& other) const {
  struct stat mine {};
  struct stat theirs {};
  return fstat(descriptor_, &mine) == 0 && fstat(other.descriptor_, &theirs) == 0 &&
         mine.st_dev == theirs.st_dev && mine.st_ino == theirs.st_ino;
}

std::size_t Outlet::try_write(std::string_view text, std::error_code& error) const {
  ssize_t count = -1;
  do {
    switch (kind_) {
      case Kind::Regular:
        count = ::write(descriptor_, text.data(), text.size());
        break;
      case Kind::Socket:
        count = ::send(descriptor_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        break;
      case Kind::NonBlocking:
        count = ::write(own_.get(), text.data(), text.size());
        break;
      case Kind::Polled:
        // A pipe that polls as writable has room for PIPE_BUF bytes: pipe(7).
        if (!wait_for_room(Duration::zero())) return 0;
        count = ::write(descriptor_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
        break;
    }
  } while (count < 0 && errno == EINTR);
  if (count >= 0) return static_cast<std::size_t>(count);
  if (errno != EAGAIN && errno != EWOULDBLOCK) error = last_error();
  return 0;
}

bool Outlet::finish_rest(std::error_code& error) {
  while (!unwritten_.empty()) {
    const std::size_t count = try_write(unwritten_, error);
    if (count == 0) return false;
    unwritten_.erase(0, count);
  }
  return true;
}

bool Outlet::wait_for_room(Duration patience) const {
  const int descriptor = kind_ == Kind::NonBlocking ? own_.get() : descriptor_;
  pollfd waiting{descriptor, POLLOUT, 0};
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(patience);
  // A stream error, which poll() reports too, is returned by the following write.
  return poll(&waiting, 1, static_cast<int>(wait.count())) > 0;
}

std::error_code Outlet::write(std::string_view lines, Duration patience) {
  const SystemClock clock;  // poll() uses real time
  const SteadyTime deadline = clock.steady_now() + patience;
  bool taken = lines.empty();
  while (true) {
    {
      const MutexLock lock(mutex_);
      std::error_code error;
      if (finish_rest(error) && !taken) {
        const std::size_t count = try_write(lines, error);
        taken = count > 0;
        if (taken) unwritten_ = lines.substr(count);
        if (taken) finish_rest(error);
      }
      if (taken && unwritten_.empty()) return {};
      if (error) return taken ? std::error_code() : error;
    }
    const Duration left = deadline - clock.steady_now();
    if (left <= Duration::zero() || !wait_for_room(left)) break;
  }
  return taken ? std::error_code() : std::make_error_code(std::errc::timed_out);
}

StandardOutlets standard_outlets() {
  const auto output = std::make_shared<Outlet>(STDOUT_FILENO);
  const auto error = std::make_shared<Outlet>(STDERR_FILENO);
  return {output, output->is_same_as(*error) ? output : error};
}

}  // namespace defenderd
