#pragma once
// Whom an edit of the files concerns, and in which order they take it.

#include "app/reloader.h"

namespace defenderd {

struct DaemonParts;

// The parts outlive the result.
[[nodiscard]] Reloader::Appliers appliers_of(DaemonParts& parts);

}  // namespace defenderd
