#pragma once
// The list under `scopes:`.

#include <cstddef>
#include <vector>

#include "core/desired_state.h"
#include "desired/common_keys.h"

namespace defenderd {

// Appends the valid ones to `scopes`; returns how many the list has, valid or not.
std::size_t read_scopes(const Value& list, const Common& defaults, std::vector<Scope>& scopes);

}  // namespace defenderd
