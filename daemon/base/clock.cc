#include "base/clock.h"

#include <algorithm>
#include <condition_variable>
#include <utility>

#include "base/heartbeat.h"
#include "base/mutex.h"

namespace defenderd {

WallTime SystemClock::wall_now() const { return std::chrono::system_clock::now(); }

SteadyTime SystemClock::steady_now() const { return std::chrono::steady_clock::now(); }

bool SystemClock::sleep_until(SteadyTime when, std::stop_token stop) {
  Mutex mutex;
  std::condition_variable_any never_notified;
  MutexLock lock(mutex);
  while (!stop.stop_requested()) {
    beat();
    const SteadyTime now = steady_now();
    if (now >= when) return true;
    never_notified.wait_until(lock, stop, std::min(when, now + kBeatEvery), [] { return false; });
  }
  return false;
}

}  // namespace defenderd
