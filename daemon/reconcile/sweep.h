#pragma once
// Which subscriptions are still to come in the present sweep. A sweep ends when each that is
// declared has been attempted since it began; then the next begins.

#include <optional>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "core/ids.h"

namespace defenderd {

// Not thread-safe: its owner locks.
class SweepTracker {
 public:
  // The declared subscriptions. One that is new joins the present sweep; one that left no longer
  // counts. Answers whether that completed the sweep.
  bool set_declared(const std::vector<SubscriptionId>& ids, WallTime now);

  // Answers whether this completed the sweep.
  bool attempted(SubscriptionId id, WallTime now);

  [[nodiscard]] std::optional<WallTime> last_completed() const { return last_completed_; }
  [[nodiscard]] std::size_t to_come() const { return to_come_.size(); }
  [[nodiscard]] std::size_t declared() const { return declared_.size(); }

 private:
  bool complete_if_empty(WallTime now);

  std::unordered_set<SubscriptionId> declared_;
  std::unordered_set<SubscriptionId> to_come_;
  std::optional<WallTime> last_completed_;
};

}  // namespace defenderd
