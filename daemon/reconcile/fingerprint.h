#pragma once
// Tells whether a declaration has changed in what decides about writes, without keeping a copy.

#include <cstdint>

#include "core/desired_state.h"

namespace defenderd {

// Differs where mode, plan, extensions, suspension or tenant do; texts for people do not count.
[[nodiscard]] std::uint64_t fingerprint(const DesiredSubscription& desired);

}  // namespace defenderd
