#pragma once
// The subscriptions that the current sweep has not attempted yet. A sweep ends when each declared
// one has been attempted since it started; then the next starts. It does not wait for those
// whose next attempt is later than the interval (a late retry, an interval of their own), unless
// there are no others.

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace defenderd {

// Not thread-safe: its owner locks.
class SweepTracker {
 public:
  // A sweep's data about one subscription. Stored by the owner with its other data, so that neither
  // an attempt nor the end of a sweep searches or copies anything.
  struct Member {
    std::uint64_t attempted_in = 0;  // the last sweep in which it was; 0 is none
    bool waits = false;              // longer than the interval, so that no sweep waits for it
  };

  // It is declared now, and joins the current sweep.
  [[nodiscard]] Member join();
  // It no longer counts. Returns whether that completed the sweep, like attempted().
  [[nodiscard]] bool leave(const Member& member, WallTime now);
  // `waits`: its next attempt is later than the interval.
  bool attempted(Member& member, bool waits, WallTime now);

  [[nodiscard]] std::optional<WallTime> last_completed() const { return last_completed_; }
  [[nodiscard]] std::size_t to_come() const { return to_come_; }
  [[nodiscard]] std::size_t declared() const { return declared_; }

 private:
  // One of the remaining ones is done.
  bool one_less(WallTime now);
  void complete(WallTime now);

  std::uint64_t present_ = 1;  // the number of the current sweep
  std::size_t declared_ = 0;
  std::size_t waiting_ = 0;  // members that wait
  std::size_t to_come_ = 0;
  std::optional<WallTime> last_completed_;
};

}  // namespace defenderd
