#include "arm/socket_watchdog.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace defenderd {

SocketHandle::~SocketHandle() {
  if (duplicate_ >= 0) close(duplicate_);
}

void SocketHandle::attach(int descriptor) {
  const std::scoped_lock lock(mutex_);
  if (duplicate_ >= 0) close(duplicate_);
  duplicate_ = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (cut_ && duplicate_ >= 0) shutdown(duplicate_, SHUT_RDWR);
}

void SocketHandle::cut() {
  const std::scoped_lock lock(mutex_);
  cut_ = true;
  if (duplicate_ >= 0) shutdown(duplicate_, SHUT_RDWR);
}

void SocketHandle::reset() {
  const std::scoped_lock lock(mutex_);
  cut_ = false;
}

bool SocketHandle::was_cut() const {
  const std::scoped_lock lock(mutex_);
  return cut_;
}

SocketWatchdog::SocketWatchdog() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

void SocketWatchdog::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const SteadyTime now = clock_.steady_now();
    // Cut again and again once due: a library that reconnects by itself is cut on each new socket.
    for (auto entry = watched_.begin(); entry != watched_.end() && entry->first <= now; ++entry) {
      entry->second->cut();
    }
    const auto next = watched_.upper_bound(now);
    const SteadyTime wake = next == watched_.end() ? now + std::chrono::hours(1) : next->first;
    changed_.wait_until(lock, stop, wake, [&] {
      const auto first = watched_.upper_bound(now);
      return first != watched_.end() && first->first < wake;
    });
  }
}

SocketWatchdog::Watch::Watch(SocketWatchdog& watchdog, SocketHandle& handle, SteadyTime deadline)
    : watchdog_(watchdog) {
  {
    const std::scoped_lock lock(watchdog_.mutex_);
    entry_ = watchdog_.watched_.emplace(deadline, &handle);
  }
  watchdog_.changed_.notify_one();
}

SocketWatchdog::Watch::~Watch() {
  const std::scoped_lock lock(watchdog_.mutex_);
  watchdog_.watched_.erase(entry_);
}

}  // namespace defenderd
