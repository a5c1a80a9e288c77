#pragma once
// One moment on both clocks: converts times between them, for what people read and for what a
// restart must remember. Pure.

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace defenderd {

struct Moment {
  SteadyTime steady;
  WallTime wall;

  [[nodiscard]] WallTime wall_of(SteadyTime time) const {
    return wall + std::chrono::duration_cast<WallTime::duration>(time - steady);
  }
  // What seems to be still to come is now: a clock was set back.
  [[nodiscard]] SteadyTime steady_of(WallTime time) const {
    return steady - (wall - std::min(time, wall));
  }
};

}  // namespace defenderd
