#pragma once
// Lines that many subscriptions may have at once for one reason: the first ten of a sweep are
// logged, and the others are reported with their number at its end.

#include <cstddef>
#include <map>
#include <utility>

#include "core/reason.h"
#include "telemetry/log.h"

namespace defenderd {

// Not thread-safe: its owner locks.
class AlikeLines {
 public:
  enum class Kind { Withheld, ChangeFailed, Recovered, SuspensionEnds };

  // Whether one more line like this is logged, or only counted.
  bool has_line(Kind kind, Reason reason);
  // Every declared subscription was attempted.
  void end_sweep(LogLines& lines);

 private:
  std::map<std::pair<Kind, Reason>, std::size_t> counts_;  // in the present sweep
};

// Observe mode is somebody's decision.
[[nodiscard]] inline bool is_expected(Reason reason) { return reason == Reason::ObserveMode; }

}  // namespace defenderd
