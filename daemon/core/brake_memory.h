#pragma once
// What the fleet's safety must remember across a restart, in wall time: the brakes (core/brake.h)
// and what something else keeps reverting (core/contested.h).

#include <array>
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

struct RememberedBrake {
  std::vector<RememberedSwitch> switched = {};  // within the window, oldest first
  std::vector<BrakeChange> confirmed = {};      // confirmed by a code and not yet done, sorted
  bool operator==(const RememberedBrake&) const = default;
};

struct RememberedContest {
  BrakeChange change;
  bool desired = false;  // the direction of the corrections
  RememberedCorrections history = {};
  bool operator==(const RememberedContest&) const = default;
};

struct SafetyMemory {
  std::array<RememberedBrake, 2> brakes = {};  // by BrakeKind
  std::vector<std::string> spent_codes = {};   // oldest first
  std::vector<RememberedContest> contests = {};
  bool operator==(const SafetyMemory&) const = default;
};

}  // namespace defenderd
