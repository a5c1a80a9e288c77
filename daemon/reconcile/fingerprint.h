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

}  // namespace defenderd
