#pragma once
// What `defenderd check` says about a valid desired state. Pure.

#include <string>
#include <vector>

#include "base/clock.h"
#include "core/desired_state.h"

namespace defenderd {

// A line for each suspension that has expired, or expires within a day: where it is, whose, when.
[[nodiscard]] std::vector<std::string> suspension_notes(const DesiredState& desired, WallTime now);

// What the declared plans cost; "" if the plan is on nowhere.
[[nodiscard]] std::string cost_note(const DesiredState& desired);

}  // namespace defenderd
