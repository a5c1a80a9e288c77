#pragma once
// How often requests from outside take effect. A person may ask several times in a row and is
// served at once; a loop of requests is served once per half minute, so that it costs little.

#include <algorithm>
#include <optional>

#include "base/clock.h"

namespace defenderd {

class RequestPacing {
 public:
  static constexpr Duration kGap = std::chrono::seconds(30);
  static constexpr int kAtOnce = 10;  // in a row, after as many gaps without a request

  // When to serve a request made now; nullopt: an earlier request that is still pending covers it.
  std::optional<SteadyTime> ask(SteadyTime now) {
    if (now < due_) return std::nullopt;
    due_ = std::max(now, rested_ - (kAtOnce - 1) * kGap);
    rested_ = std::max(rested_, due_) + kGap;
    return due_;
  }

 private:
  SteadyTime due_ = SteadyTime::min();
  SteadyTime rested_;  // when all of kAtOnce are free again
};

}  // namespace defenderd
