#pragma once
// The only way to the time. Everything that waits or stamps takes a Clock, so that tests move time
// by hand and a simulated hour takes no hour.

#include <chrono>
#include <stop_token>

namespace defenderd {

using WallTime = std::chrono::system_clock::time_point;    // for people: logs, metrics, `until:`
using SteadyTime = std::chrono::steady_clock::time_point;  // for schedules: never jumps
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

  // Returns when `when` has come (true) or a stop was requested (false), whichever is first.
  virtual bool sleep_until(SteadyTime when, std::stop_token stop) = 0;
};

// The machine's clocks.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall_now() const override;
  [[nodiscard]] SteadyTime steady_now() const override;
  bool sleep_until(SteadyTime when, std::stop_token stop) override;
};

}  // namespace defenderd
