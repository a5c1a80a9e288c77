#pragma once
// Counts what may happen often and is reported at most once a minute.

#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"

namespace defenderd {

// Thread-safe.
class PacedCount {
 public:
  static constexpr Duration kBetweenReports = std::chrono::minutes(1);

  // One more: how many there were since the last report, with this one; nullopt if it is too early
  // for another report.
  std::optional<std::size_t> note(SteadyTime now) {
    const MutexLock lock(mutex_);
    ++count_;
    if (reported_ && now - *reported_ < kBetweenReports) return std::nullopt;
    reported_ = now;
    return std::exchange(count_, 0);
  }

 private:
  Mutex mutex_;
  std::size_t count_ GUARDED_BY(mutex_) = 0;
  std::optional<SteadyTime> reported_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
