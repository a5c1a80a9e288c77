#include "base/alarm.h"

namespace defenderd {

void Alarm::wait_until(SteadyTime when, const std::stop_token& stop) {
  std::stop_source asleep;
  {
    const MutexLock lock(mutex_);
    asleep_ = asleep;
    if (woken_) asleep.request_stop();
  }
  {
    const std::stop_callback stopping(stop, [&asleep] { asleep.request_stop(); });
    if (!asleep.stop_requested()) clock_.sleep_until(when, asleep.get_token());
  }
  clear();  // the caller now does what it was woken for
}

void Alarm::wake() {
  const MutexLock lock(mutex_);
  woken_ = true;
  asleep_.request_stop();
}

void Alarm::clear() {
  const MutexLock lock(mutex_);
  woken_ = false;
}

}  // namespace defenderd
