#pragma once
// What an edit comes to, for people.

#include <string>

#include "core/desired_changes.h"

namespace defenderd {

[[nodiscard]] bool something_leaves(const DesiredChanges& changes);

// Several lines, each ended by a line feed. What leaves stands first.
[[nodiscard]] std::string as_text(const DesiredChanges& changes);

}  // namespace defenderd
