#pragma once
// What an edit changes, as text for people.

#include <string>

#include "core/desired_changes.h"

namespace defenderd {

[[nodiscard]] bool something_leaves(const DesiredChanges& changes);

// Several lines, each with a line feed. Removals come first.
[[nodiscard]] std::string as_text(const DesiredChanges& changes);

}  // namespace defenderd
