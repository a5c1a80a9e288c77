#pragma once
// The only access to the time. Everything that waits or takes a timestamp uses a Clock, so tests
// move the time themselves and a simulated hour takes no hour.

#include <chrono>
#include <stop_token>

namespace defenderd {

using WallTime = std::chrono::system_clock::time_point;  // for people: logs, metrics, `until:`
// For schedules: never set, and it counts the time that the machine is suspended. So it is not the
// time of std::chrono::steady_clock: wait for durations, not until a time.
using SteadyTime = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

// Thread-safe.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  [[nodiscard]] virtual WallTime wall_now() const = 0;
  [[nodiscard]] virtual SteadyTime steady_now() const = 0;
  // Stands still while the machine is suspended: how long something has been running. Only to
  // compare with itself.
  [[nodiscard]] virtual SteadyTime awake_now() const { return steady_now(); }

  // Returns true at `when`, or false earlier if a stop was requested.
  virtual bool sleep_until(SteadyTime when, std::stop_token stop) = 0;
};

// The machine's clocks.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall_now() const override;
  [[nodiscard]] SteadyTime steady_now() const override;
  [[nodiscard]] SteadyTime awake_now() const override;
  bool sleep_until(SteadyTime when, std::stop_token stop) override;
};

}  // namespace defenderd
