#pragma once
// What the brakes (core/brake.h) must remember across a restart, in wall time.

#include <array>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/brake_change.h"

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

struct SafetyMemory {
  std::array<RememberedBrake, 2> brakes = {};  // by BrakeKind
  std::vector<std::string> spent_codes = {};   // oldest first
  bool operator==(const SafetyMemory&) const = default;
};

}  // namespace defenderd
