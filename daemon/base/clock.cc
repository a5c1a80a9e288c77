#include "base/clock.h"

#include <condition_variable>
#include <utility>

#include "base/mutex.h"

namespace defenderd {

WallTime SystemClock::wall_now() const { return std::chrono::system_clock::now(); }

SteadyTime SystemClock::steady_now() const { return std::chrono::steady_clock::now(); }

bool SystemClock::sleep_until(SteadyTime when, std::stop_token stop) {
  Mutex mutex;
  std::condition_variable_any never_notified;
  MutexLock lock(mutex);
  never_notified.wait_until(lock, stop, when, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace defenderd
