#pragma once
// Tells whether something has changed, without keeping a copy.

#include <cstdint>

#include "core/desired_state.h"
#include "core/pricing.h"

namespace defenderd {

// Differs where mode, plan, extensions, suspension or tenant do; texts for people do not count.
[[nodiscard]] std::uint64_t fingerprint(const DesiredSubscription& desired);
// Differs where the tier or an extension does.
[[nodiscard]] std::uint64_t fingerprint(const Pricing& pricing);

}  // namespace defenderd
