#include "base/clock.h"

#include <algorithm>
#include <condition_variable>
#include <ctime>
#include <utility>

#include "base/heartbeat.h"
#include "base/mutex.h"

namespace defenderd {

WallTime SystemClock::wall_now() const { return std::chrono::system_clock::now(); }

// CLOCK_MONOTONIC, which std::chrono::steady_clock reads, stands still during a suspend.
SteadyTime SystemClock::steady_now() const {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return SteadyTime(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

SteadyTime SystemClock::awake_now() const { return std::chrono::steady_clock::now(); }

bool SystemClock::sleep_until(SteadyTime when, std::stop_token stop) {
  Mutex mutex;
  std::condition_variable_any never_notified;
  MutexLock lock(mutex);
  while (!stop.stop_requested()) {
    beat();
    const SteadyTime now = steady_now();
    if (now >= when) return true;
    never_notified.wait_for(lock, stop, std::min<Duration>(when - now, kBeatEvery),
                            [] { return false; });
  }
  return false;
}

}  // namespace defenderd
