#pragma once
// Whether bulk observation can be trusted: direct reads of what it vouched for show how often it
// was wrong. Pure.

#include <cstddef>
#include <optional>

#include "base/clock.h"

namespace defenderd {

// Not thread-safe: its owner locks.
class BulkTrust {
 public:
  // A direct read of a subscription that was shown as declared. The reads of one window are judged
  // together. Returns how long bulk observation is distrusted, if this read causes it.
  std::optional<Duration> note_read(bool agreed, Duration window, SteadyTime now);

  [[nodiscard]] bool distrusted(SteadyTime now) const { return until_ && now < *until_; }

 private:
  std::optional<SteadyTime> since_;  // of the window
  std::size_t reads_ = 0;
  std::size_t disagreements_ = 0;
  std::optional<SteadyTime> until_;
};

}  // namespace defenderd
