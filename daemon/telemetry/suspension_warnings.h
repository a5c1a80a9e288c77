#pragma once
// Warns once of each suspension that is about to end.

#include <unordered_map>
#include <unordered_set>

#include "base/clock.h"
#include "core/desired_state.h"
#include "core/ids.h"
#include "telemetry/alike_lines.h"
#include "telemetry/log.h"

namespace defenderd {

// Not thread-safe: its owner locks.
class SuspensionWarnings {
 public:
  // If it expires within a day of `now`. Of many, `alike` counts most without a line.
  void warn(const DesiredSubscription& desired, WallTime now, AlikeLines& alike, LogLines& lines);
  void keep_only(const std::unordered_set<SubscriptionId>& declared);
  [[nodiscard]] bool empty() const { return ends_.empty(); }

 private:
  std::unordered_map<SubscriptionId, WallTime> ends_;  // that have their warning
};

}  // namespace defenderd
