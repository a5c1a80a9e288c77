#pragma once
// What counts for a brake (core/brake.h). Pure.

#include <compare>
#include <cstddef>
#include <vector>

#include "core/desired_state.h"
#include "core/diff.h"
#include "core/ids.h"

namespace defenderd {

enum class BrakeKind { Disable, Enable };

struct BrakeChange {
  SubscriptionId subscription;
  Field field;
  auto operator<=>(const BrakeChange&) const = default;
};

// The part of what is wanted of one subscription that counts for the brake of that kind. What
// changes together with a plan that goes on counts with the plan as one, as does what goes off with
// it.
[[nodiscard]] std::vector<Field> counted(BrakeKind kind, const std::vector<Drift>& wanted);

// How many changes that count this declaration can want at most, whatever is observed.
[[nodiscard]] std::size_t possible(BrakeKind kind, const DesiredSubscription& desired);

}  // namespace defenderd
