#pragma once
// What the fleet's safety must remember across a restart, in wall time: the brakes (core/brake.h)
// and what something else keeps reverting (core/contested.h).

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/brake_change.h"
#include "core/contested.h"

namespace defenderd {

struct RememberedSwitch {
  BrakeChange change;
  WallTime at;
  bool operator==(const RememberedSwitch&) const = default;
};

// By a code, and not yet done.
struct RememberedConfirmation {
  BrakeChange change;
  std::string code = {};
  auto operator<=>(const RememberedConfirmation&) const = default;
};

struct RememberedBrake {
  std::vector<RememberedSwitch> switched = {};         // within the window, oldest first
  std::vector<RememberedConfirmation> confirmed = {};  // sorted
  bool operator==(const RememberedBrake&) const = default;
};

struct RememberedContest {
  BrakeChange change;
  bool desired = false;  // the direction of the corrections
  RememberedCorrections history = {};
  bool operator==(const RememberedContest&) const = default;
};

// The roll-out (core/rollout.h). What concerns a subscription is known by its reached_mark(), which
// stands for its declaration too: an edit makes it void. Sorted.
struct RememberedRollout {
  std::vector<std::uint64_t> reached = {};  // was as declared once
  std::vector<std::uint64_t> started = {};  // has its turn
  std::vector<std::uint64_t> excused = {};  // its failure was confirmed
  std::vector<std::uint64_t> failing = {};  // fails, or has drifted back
  std::vector<WallTime> starts = {};        // when turns were given lately, oldest first
  bool operator==(const RememberedRollout&) const = default;
};

struct SafetyMemory {
  std::array<RememberedBrake, 2> brakes = {};     // by BrakeKind
  std::vector<std::string> spent_codes = {};      // oldest first
  std::vector<std::string> withdrawn_codes = {};  // likewise
  std::vector<RememberedContest> contests = {};
  RememberedRollout rollout = {};
  bool operator==(const SafetyMemory&) const = default;
};

}  // namespace defenderd
