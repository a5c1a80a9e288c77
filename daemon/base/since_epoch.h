#pragma once
// Times of others that the clock may not be able to hold.

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace defenderd {

// So many days and seconds, less than a day, after 1970, or before it if they are negative. The
// clock counts nanoseconds in 64 bits, so it ends in 1678 and 2262; this clamps to whole days of
// 1696 and 2243, of which nobody needs to be told more than that they are far.
[[nodiscard]] constexpr WallTime since_epoch(int days, int seconds) {
  constexpr int kMostDays = 100'000;
  if (days < -kMostDays || days > kMostDays) seconds = 0;
  return WallTime(std::chrono::hours(24) * std::clamp(days, -kMostDays, kMostDays)) +
         std::chrono::seconds(seconds);
}

}  // namespace defenderd
