#include "support/fake_clock.h"

#include <algorithm>

namespace defenderd {
namespace {

constexpr WallTime kWallStart = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
constexpr SteadyTime kSteadyStart = SteadyTime(std::chrono::hours(1));

}  // namespace

WallTime FakeClock::wall_now() const {
  const std::scoped_lock lock(mutex_);
  return kWallStart + std::chrono::duration_cast<WallTime::duration>(passed_ + wall_set_);
}

SteadyTime FakeClock::steady_now() const {
  const std::scoped_lock lock(mutex_);
  return kSteadyStart + passed_;
}

bool FakeClock::sleep_until(SteadyTime when, std::stop_token stop) {
  if (stop.stop_requested()) return false;
  const std::scoped_lock lock(mutex_);
  const Duration wish = when - (kSteadyStart + passed_);
  sleeps_.push_back(wish);
  passed_ += std::max(wish, Duration::zero());
  return true;
}

void FakeClock::advance(Duration by) {
  const std::scoped_lock lock(mutex_);
  passed_ += by;
}

void FakeClock::advance_to(SteadyTime when) {
  const std::scoped_lock lock(mutex_);
  passed_ = std::max(passed_, when - kSteadyStart);
}

void FakeClock::set_wall_clock(Duration by) {
  const std::scoped_lock lock(mutex_);
  wall_set_ += by;
}

std::vector<Duration> FakeClock::sleeps() const {
  const std::scoped_lock lock(mutex_);
  return sleeps_;
}

}  // namespace defenderd
