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

// The planned changes of one subscription that count for the brake of that kind. A plan
// that goes on or off counts as one change together with everything that changes with
// it.
[[nodiscard]] std::vector<Field> counted(BrakeKind kind, const std::vector<Drift>& wanted);

// The most changes that this declaration can need, whatever is observed.
[[nodiscard]] std::size_t possible(BrakeKind kind, const DesiredSubscription& desired);

}  // namespace defenderd
