#include "arm/throttle.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

namespace defenderd {
namespace {

// So many subscriptions throttled within this time mean that the principal is.
constexpr std::size_t kSeveral = 3;
constexpr Duration kTogether = std::chrono::seconds(10);

// How far ahead of the even pace requests may go out: a second's worth, one request at least.
Duration burst(Duration gap) { return std::max<Duration>(std::chrono::seconds(1), gap) - gap; }

}  // namespace

Throttle::Throttle(Clock& clock, Rates rates) : clock_(clock), rates_(rates) {}

Duration Throttle::gap(Kind kind) const {
  const double rate = kind == Kind::Read ? rates_.reads_per_second : rates_.writes_per_second;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1.0 / rate));
}

bool Throttle::take(const Tenant& tenant, Kind kind, std::stop_token stop) {
  SteadyTime slot;
  {
    const std::scoped_lock lock(mutex_);
    const SteadyTime now = clock_.steady_now();
    Lane& lane = lanes_[tenant];
    SteadyTime& next = lane.next[static_cast<std::size_t>(kind)];
    slot = std::max({now, next - burst(gap(kind)), lane.blocked_until});
    next = std::max(next, slot) + gap(kind);
    if (slot <= now) return !stop.stop_requested();
  }
  return clock_.sleep_until(slot, std::move(stop));
}

SteadyTime Throttle::ready_at(const Tenant& tenant) const {
  const std::scoped_lock lock(mutex_);
  const auto found = lanes_.find(tenant);
  if (found == lanes_.end()) return SteadyTime::min();
  const SteadyTime next = found->second.next[static_cast<std::size_t>(Kind::Read)];
  return std::max(next - burst(gap(Kind::Read)), found->second.blocked_until);
}

void Throttle::throttled(const Tenant& tenant, SubscriptionId subscription, Duration wait) {
  const std::scoped_lock lock(mutex_);
  const SteadyTime now = clock_.steady_now();
  Lane& lane = lanes_[tenant];
  std::erase_if(lane.throttled_at,
                [&](const auto& entry) { return now - entry.second > kTogether; });
  lane.throttled_at[subscription] = now;
  if (lane.throttled_at.size() < kSeveral) return;
  lane.blocked_until = std::max(lane.blocked_until, now + wait);
  lane.throttled_at.clear();
}

void Throttle::set_rates(Rates rates) {
  const std::scoped_lock lock(mutex_);
  rates_ = rates;
}

}  // namespace defenderd
