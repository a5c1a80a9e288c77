#pragma once
// Freezes as people see them: in the API, the page and the metrics.

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/freeze.h"
#include "telemetry/exposition.h"

namespace defenderd {

struct FreezeStatus {
  Freeze freeze;
  bool in_force = false;
  std::optional<WallTime> since = {};  // in force; first seen so, where it has no beginning
  std::optional<WallTime> next = {};   // not in force: when it will be
  std::optional<WallTime> ends = {};   // nullopt: when it is removed
};

// The text of describe(), and what of the fleet the freeze concerns where that is not all: "; only
// for the subscriptions of payments; protection may still be switched on".
[[nodiscard]] std::string describe_with_scope(const ActiveFreeze& active);

// `defenderd_writes_frozen` and since when there is a freeze without an end.
void write_freeze_metrics(Exposition& out, const std::vector<FreezeStatus>& freezes);

}  // namespace defenderd
