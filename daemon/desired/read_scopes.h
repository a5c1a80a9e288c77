#pragma once
// The list under `scopes:`: which subscriptions that nobody listed are kept, and how.

#include <cstddef>
#include <vector>

#include "core/desired_state.h"
#include "desired/common_keys.h"

namespace defenderd {

// Adds the good ones to `scopes`; how many stand in the list, good or not.
std::size_t read_scopes(const Value& list, const Common& defaults, std::vector<Scope>& scopes);

}  // namespace defenderd
