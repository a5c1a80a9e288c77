#pragma once
// The next attempt: back-off, jitter and the schedule as pure functions. Randomness is the argument
// `unit`, a number in [0, 1).

#include <optional>

#include "base/clock.h"
#include "core/outcome.h"

namespace defenderd {

// A server that asks for a longer wait is not obeyed: a subscription would not be observed for a
// day because of one odd header.
inline constexpr Duration kLongestServerWait = std::chrono::minutes(30);

// A normal wait that has lasted this long is a failure.
inline constexpr Duration kLongestNormalWait = std::chrono::minutes(15);

struct Schedule {
  Duration interval;
  double jitter = 0.1;  // share of the interval, both ways
  Duration retry_min;
  Duration retry_max;
  // If bulk observation vouches for it; nullopt: there is no bulk observation.
  std::optional<Duration> full_interval = {};
  // A longer interval does not delay a failure that needs a person: whoever has granted a role or
  // renewed a secret waits for it to work.
  Duration slow = std::chrono::minutes(15);
  bool operator==(const Schedule&) const = default;
};

// `min` times two to the power of `times`, but not more than `max`.
[[nodiscard]] Duration doubled(Duration min, int times, Duration max);

// min, 2 min, 4 min, ... up to max, each shortened by up to a quarter, so that subscriptions that
// failed together do not retry together. `failures` counts from 1.
[[nodiscard]] Duration back_off(int failures, Duration min, Duration max, double unit);

// The duration times a factor.
[[nodiscard]] Duration scaled(Duration duration, double factor);

// The interval, changed at random by at most the given share.
[[nodiscard]] Duration jittered(Duration interval, double share, double unit);

// The wait, extended by less than `grain` to a whole multiple of it: waits that end within the same
// grain end together.
[[nodiscard]] Duration grouped(SteadyTime now, Duration wait, Duration grain);

// The wait after a failure that needs a person: retry_max, but not more often than the subscription
// is checked when all is well, unless that is seldom.
[[nodiscard]] Duration slow_wait(const Schedule& schedule);

// The longest wait that next_delay() chooses for itself, after a failure of this kind or, nullopt,
// after none. A server may ask for more.
[[nodiscard]] Duration longest_delay(std::optional<NextTry> failed, const Schedule& schedule);

// How long until this subscription is checked again. `failures` counts its consecutive failures
// including this one. A server's own wait is never shortened: jitter is added to it.
[[nodiscard]] Duration next_delay(const Outcome& outcome, int failures, const Schedule& schedule,
                                  double unit);

}  // namespace defenderd
