#include "net/socket_watchdog.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

namespace defenderd {

void SocketHandle::attach(int descriptor) {
  const MutexLock lock(mutex_);
  duplicate_ = UniqueFd(fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
  if (cut_ && duplicate_.get() >= 0) shutdown(duplicate_.get(), SHUT_RDWR);
}

void SocketHandle::cut() {
  const MutexLock lock(mutex_);
  cut_ = true;
  if (duplicate_.get() >= 0) shutdown(duplicate_.get(), SHUT_RDWR);
}

void SocketHandle::reset() {
  const MutexLock lock(mutex_);
  cut_ = false;
}

bool SocketHandle::was_cut() const {
  const MutexLock lock(mutex_);
  return cut_;
}

bool SocketHandle::has_input() const {
  const MutexLock lock(mutex_);
  if (duplicate_.get() < 0) return false;
  pollfd polled{duplicate_.get(), POLLIN, 0};
  return poll(&polled, 1, 0) > 0;
}

SocketWatchdog::SocketWatchdog(Heartbeats* heartbeats)
    : thread_([this, heartbeats](const std::stop_token& stop) { run(heartbeats, stop); }) {}

void SocketWatchdog::run(Heartbeats* heartbeats, const std::stop_token& stop) {
  const Heartbeat heartbeat(heartbeats, "timeouts");
  while (!stop.stop_requested()) alarm_.wait_until(cut_what_is_late(), stop);
}

SteadyTime SocketWatchdog::cut_what_is_late() {
  const MutexLock lock(mutex_);
  const SteadyTime now = clock_.steady_now();
  while (!watched_.empty() && watched_.begin()->first <= now) {
    watched_.begin()->second->cut();
    watched_.erase(watched_.begin());
  }
  wake_ = watched_.empty() ? now + std::chrono::hours(1) : watched_.begin()->first;
  return wake_;
}

SocketWatchdog::Watch::Watch(SocketWatchdog& watchdog, SocketHandle& handle, SteadyTime deadline)
    : watchdog_(watchdog), entry_(deadline, &handle) {
  {
    const MutexLock lock(watchdog_.mutex_);
    watchdog_.watched_.insert(entry_);
    if (deadline >= watchdog_.wake_) return;
    watchdog_.wake_ = deadline;
  }
  watchdog_.alarm_.wake();
}

SocketWatchdog::Watch::~Watch() {
  const MutexLock lock(watchdog_.mutex_);
  watchdog_.watched_.erase(entry_);
}

}  // namespace defenderd
