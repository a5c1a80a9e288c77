#pragma once
// Whether bulk observation is to be believed: direct looks at what it vouched for say how often it
// was wrong. Pure.

#include <cstddef>
#include <optional>

#include "base/clock.h"

namespace defenderd {

// Not thread-safe: its owner locks.
class BulkTrust {
 public:
  // A direct look at a subscription that was shown as declared. The looks of one window are judged
  // together. Answers for how long it is distrusted from now on, where that begins with this look.
  std::optional<Duration> looked(bool agreed, Duration window, SteadyTime now);

  [[nodiscard]] bool distrusted(SteadyTime now) const { return until_ && now < *until_; }

 private:
  std::optional<SteadyTime> since_;  // of the window
  std::size_t looks_ = 0;
  std::size_t disagreements_ = 0;
  std::optional<SteadyTime> until_;
};

}  // namespace defenderd
