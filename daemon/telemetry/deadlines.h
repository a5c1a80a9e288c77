#pragma once
// What ends in the fleet without an edit: suspensions, and free trials, after which plans cost.

#include <cstddef>
#include <optional>

#include "base/clock.h"
#include "telemetry/exposition.h"
#include "telemetry/status_board.h"

namespace defenderd {

// How long before its end people are warned of a suspension, and of a free trial.
inline constexpr Duration kSuspensionEndsSoon = std::chrono::hours(24);
inline constexpr Duration kTrialEndsSoon = std::chrono::hours(5 * 24);

struct Deadlines {
  struct Suspensions {
    std::size_t active = 0;   // for more than a day from now
    std::size_t ending = 0;   // within a day
    std::size_t expired = 0;  // over, and still declared
  } suspensions = {};
  std::size_t trials = 0;  // plans that are on and not billed yet
  std::size_t trials_ending = 0;
  std::optional<WallTime> first_trial_end = {};

  void add(const StatusRow& row, WallTime now);
};

// nullopt if the plan is off, or is billed already. ARM states what is left, so the end is exact
// only as far as that is (hours).
[[nodiscard]] std::optional<WallTime> trial_end(const StatusRow& row);

void write_deadlines(Exposition& out, const Deadlines& deadlines);

}  // namespace defenderd
