#pragma once
// When next: back-off, jitter and the schedule as pure functions. Chance comes in as `unit`, a
// number in [0, 1).

#include <optional>

#include "base/clock.h"
#include "core/outcome.h"

namespace defenderd {

struct Schedule {
  Duration interval;
  double jitter = 0.1;  // share of the interval, both ways
  Duration retry_min;
  Duration retry_max;
  // Of what bulk observation vouches for; nullopt: there is no bulk observation.
  std::optional<Duration> full_interval = {};
  bool operator==(const Schedule&) const = default;
};

// min, 2 min, 4 min, ... up to max, each shortened by up to a quarter so that many that failed
// together do not come back together. `failures` counts from 1.
[[nodiscard]] Duration back_off(int failures, Duration min, Duration max, double unit);

// The duration times a factor.
[[nodiscard]] Duration scaled(Duration duration, double factor);

// The interval, made longer or shorter by at most the given share.
[[nodiscard]] Duration jittered(Duration interval, double share, double unit);

// The wait, made longer by less than `grain`, so that it ends at a whole multiple of that: what
// ends within the same grain ends together.
[[nodiscard]] Duration grouped(SteadyTime now, Duration wait, Duration grain);

// How long until this subscription is looked at again. `failures` counts its failures in a row,
// this outcome included. A server's own wait is never shortened: jitter comes on top.
[[nodiscard]] Duration next_delay(const Outcome& outcome, int failures, const Schedule& schedule,
                                  double unit);

}  // namespace defenderd
