#pragma once
// From YAML text to the desired state. config/README.md documents the format.

#include <vector>

#include "base/result.h"
#include "core/desired_state.h"
#include "desired/problem.h"

namespace defenderd {

// Reads `files` in order as one state, each with its own defaults. Otherwise every problem of every
// file, in the order of the files and lines. Any thread; time and memory are bounded by the size of
// the texts.
[[nodiscard]] Result<DesiredState, std::vector<Problem>> read_desired(
    const std::vector<NamedText>& files);

}  // namespace defenderd
