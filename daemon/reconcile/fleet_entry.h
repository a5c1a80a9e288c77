#pragma once
// What the controller remembers of one declared subscription.

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "core/desired_state.h"
#include "core/failure.h"
#include "core/outcome.h"
#include "reconcile/request_pacing.h"
#include "reconcile/sweep.h"
#include "reconcile/verdict.h"

namespace defenderd {

struct FleetEntry {
  Declaration desired;           // a reconcile in flight keeps its own
  std::uint64_t generation = 0;  // of the edit that declared it last
  SweepTracker::Member sweep;
  Before before;  // the last outcome
  int failures = 0;
  int waits = 0;  // normal waits in a row
  // Since when each attempt has failed or had to wait, whatever for.
  std::optional<SteadyTime> failing_since;
  std::optional<NextTry> failed;  // how the last attempt failed
  SteadyTime asked_until;         // the end of the wait that a server has asked for
  RequestPacing requested;
  bool read_directly = false;          // at least once
  bool read_first = false;             // before bulk observation is believed: was not in sync
  bool vouched = false;                // the last bulk observation showed it as declared
  bool disagreed = false;              // that was wrong before
  std::optional<std::uint64_t> doubt;  // hash of the last row in doubt
};

}  // namespace defenderd
