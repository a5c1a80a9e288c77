#pragma once
// Which subscriptions are still to come in the present sweep. A sweep ends when each that is
// declared has been attempted since it began; then the next begins.

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace defenderd {

// Not thread-safe: its owner locks.
class SweepTracker {
 public:
  // What a sweep knows of one declared subscription. Kept by the owner, beside all else that it
  // knows of it, so that neither a look nor the end of a sweep searches or copies anything.
  struct Member {
    std::uint64_t attempted_in = 0;  // the last sweep in which it was; 0 is none
  };

  // It is declared now, and joins the present sweep.
  [[nodiscard]] Member join();
  // It no longer counts. Answers whether that completed the sweep, as attempted() does.
  bool leave(const Member& member, WallTime now);
  bool attempted(Member& member, WallTime now);

  [[nodiscard]] std::optional<WallTime> last_completed() const { return last_completed_; }
  [[nodiscard]] std::size_t to_come() const { return to_come_; }
  [[nodiscard]] std::size_t declared() const { return declared_; }

 private:
  // One of those that were to come is so no more.
  bool one_less(WallTime now);

  std::uint64_t present_ = 1;  // the number of the present sweep
  std::size_t declared_ = 0;
  std::size_t to_come_ = 0;
  std::optional<WallTime> last_completed_;
};

}  // namespace defenderd
