#pragma once
// How often a request of somebody outside is followed: the first at once, later ones after a wait
// that doubles while they keep coming. A person is served at once; a loop costs little.

#include <algorithm>
#include <optional>

#include "base/clock.h"

namespace defenderd {

class RequestPacing {
 public:
  static constexpr Duration kFirstGap = std::chrono::seconds(1);
  static constexpr Duration kLongestGap = std::chrono::seconds(30);
  // After so long without a request the next one is a first one again.
  static constexpr Duration kForgotten = std::chrono::seconds(60);

  // When to do what is asked for now; nullopt: an earlier request will do, which is still to come.
  std::optional<SteadyTime> ask(SteadyTime now) {
    if (due_ && now < *due_) return std::nullopt;
    const bool first = !due_ || now - *due_ >= kForgotten;
    due_ = first ? now : std::max(now, *due_ + gap_);
    gap_ = first ? kFirstGap : std::min(2 * gap_, kLongestGap);
    return due_;
  }

 private:
  std::optional<SteadyTime> due_;
  Duration gap_ = kFirstGap;
};

}  // namespace defenderd
