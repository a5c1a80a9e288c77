#pragma once
// A wait on a Clock that another thread can end.

#include <stop_token>

#include "base/clock.h"
#include "base/mutex.h"

namespace defenderd {

// Thread-safe; one thread at a time waits.
class Alarm {
 public:
  // `clock` outlives it.
  explicit Alarm(Clock& clock) : clock_(clock) {}

  // Returns when `when` has come, wake() is called or `stop` is requested, whichever is first; at
  // once after a wake() that has ended no wait yet.
  void wait_until(SteadyTime when, const std::stop_token& stop);

  void wake();

  // Before the work that a wake() asks for: it covers the earlier calls, which then end no wait.
  void clear();

 private:
  Clock& clock_;
  Mutex mutex_;
  bool woken_ GUARDED_BY(mutex_) = false;
  std::stop_source asleep_ GUARDED_BY(mutex_);  // ends the present wait
};

}  // namespace defenderd
