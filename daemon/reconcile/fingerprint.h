#pragma once
// Detects whether something has changed, without keeping a copy.

#include <cstdint>

#include "core/desired_state.h"
#include "core/pricing.h"

namespace defenderd {

// Differs if mode, plan, extensions, suspension or tenant do; descriptive text does not count.
[[nodiscard]] std::uint64_t fingerprint(const DesiredSubscription& desired);
// Differs if the tier or an extension does.
[[nodiscard]] std::uint64_t fingerprint(const Pricing& pricing);

// Stands for "this subscription was as this declaration says": the same in every run.
[[nodiscard]] std::uint64_t reached_mark(SubscriptionId id, std::uint64_t declaration);

}  // namespace defenderd
