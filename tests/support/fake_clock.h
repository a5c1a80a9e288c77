#pragma once
// A clock that only moves when the test says so, or when somebody sleeps on it.

#include <mutex>
#include <vector>

#include "base/clock.h"

namespace defenderd {

// Thread-safe. Starts at 2026-01-01T00:00:00Z; the steady clock starts at one hour.
class FakeClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall_now() const override;
  [[nodiscard]] SteadyTime steady_now() const override;
  // Moves time to `when` at once and records it.
  bool sleep_until(SteadyTime when, std::stop_token stop) override;

  void advance(Duration by);
  void advance_to(SteadyTime when);  // never back
  // Sets the wall clock forward or back; the steady clock is not affected.
  void set_wall_clock(Duration by);
  [[nodiscard]] std::vector<Duration> sleeps() const;

 private:
  mutable std::mutex mutex_;
  Duration passed_{0};
  Duration wall_set_{0};
  std::vector<Duration> sleeps_;
};

}  // namespace defenderd
