#include "arm/throttle.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

#include "core/timing.h"

namespace defenderd {
namespace {

// This many subscriptions throttled within this time mean that the principal is throttled.
constexpr std::size_t kSeveral = 3;
constexpr Duration kTogether = std::chrono::seconds(10);
// A fifth of ARM's bucket of reads: enough for a burst of whoever else uses it.
constexpr double kFewLeft = 50;
// Shorter pauses come and go.
constexpr Duration kWorthReporting = std::chrono::minutes(1);
// The longest pause before a request because few are left.
constexpr Duration kSlowest = std::chrono::seconds(1);

// How far ahead of the even pace requests may be sent: a second's worth, at least one request.
Duration burst(Duration gap) { return std::max<Duration>(std::chrono::seconds(1), gap) - gap; }

}  // namespace

Throttle::Throttle(Clock& clock, Rates rates) : clock_(clock), rates_(rates) {}

Duration Throttle::gap(Kind kind) const {
  const double rate = kind == Kind::Read ? rates_.reads_per_second : rates_.writes_per_second;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1.0 / rate));
}

SteadyTime Throttle::slot(const Lane& lane, Kind kind) const {
  return lane.of(kind).next - burst(gap(kind));
}

Throttle::Lane& Throttle::lane_of(const Tenant& tenant, SteadyTime now) {
  const auto [found, is_new] = lanes_.try_emplace(tenant);
  if (is_new) {
    for (const Kind kind : {Kind::Read, Kind::Write})
      found->second.of(kind).next = now + burst(gap(kind));
  }
  return found->second;
}

// Each waits for its own turn, in the order in which they came, and looks again then: the pace may
// have fallen meanwhile.
bool Throttle::take(const Tenant& tenant, Kind kind, const std::stop_token& stop) {
  std::optional<std::uint64_t> ticket;
  while (true) {
    SteadyTime turn;
    {
      const MutexLock lock(mutex_);
      const SteadyTime now = clock_.steady_now();
      Lane& lane = lane_of(tenant, now);
      auto& waiting = lane.of(kind).waiting;
      if (!ticket) ticket = *waiting.insert(++last_ticket_).first;
      const auto before = std::distance(waiting.begin(), waiting.find(*ticket));
      turn = std::max(now, slot(lane, kind)) + before * gap(kind);
      if (turn <= now || stop.stop_requested()) {
        waiting.erase(*ticket);
        if (stop.stop_requested()) return false;
        SteadyTime& next = lane.of(kind).next;
        next = std::max(next, now) + gap(kind);
        return true;
      }
    }
    static_cast<void>(clock_.sleep_until(turn, stop));
  }
}

void Throttle::charge(const Tenant& tenant, Kind kind) {
  const MutexLock lock(mutex_);
  const SteadyTime now = clock_.steady_now();
  SteadyTime& next = lane_of(tenant, now).of(kind).next;
  next = std::max(next, now) + gap(kind);
}

SteadyTime Throttle::after_all(const Lane& lane) const {
  const auto after = [&](Kind kind) REQUIRES(mutex_) {
    const auto waiting = lane.of(kind).waiting.size();
    return slot(lane, kind) + static_cast<int>(waiting) * gap(kind);
  };
  return std::max(after(Kind::Read), after(Kind::Write));
}

SteadyTime Throttle::ready_at(const Tenant& tenant) const {
  const MutexLock lock(mutex_);
  const auto found = lanes_.find(tenant);
  if (found == lanes_.end()) return SteadyTime::min();
  return std::max(after_all(found->second), found->second.of(Kind::Read).blocked.until());
}

SteadyTime Throttle::work_at(const Tenant& tenant) const {
  const MutexLock lock(mutex_);
  const auto found = lanes_.find(tenant);
  if (found == lanes_.end()) return SteadyTime::min();
  const Line& reads = found->second.of(Kind::Read);
  const bool for_long =
      reads.blocked_since && reads.blocked.until() - *reads.blocked_since >= kLongestNormalWait;
  const SteadyTime turn = after_all(found->second);
  return for_long ? turn : std::max(turn, reads.blocked.until());
}

Duration Throttle::blocked_for(const Tenant& tenant, Kind kind) const {
  const MutexLock lock(mutex_);
  const auto found = lanes_.find(tenant);
  if (found == lanes_.end()) return Duration::zero();
  return std::max<Duration>(found->second.of(kind).blocked.until() - clock_.steady_now(),
                            Duration::zero());
}

Duration Throttle::throttled_for(const Tenant& tenant, Kind kind) const {
  const MutexLock lock(mutex_);
  const auto found = lanes_.find(tenant);
  if (found == lanes_.end() || !found->second.of(kind).blocked_since) return Duration::zero();
  return clock_.steady_now() - *found->second.of(kind).blocked_since;
}

bool Throttle::throttled(const Tenant& tenant, SubscriptionId subscription, Kind kind,
                         Duration wait) {
  const MutexLock lock(mutex_);
  const SteadyTime now = clock_.steady_now();
  Line& line = lane_of(tenant, now).of(kind);
  std::erase_if(line.throttled_at,
                [&](const auto& entry) { return now - entry.second > kTogether; });
  line.throttled_at[subscription] = now;
  if (line.throttled_at.size() < kSeveral) return false;
  line.throttled_at.clear();
  // Nothing may have been sent since the last pause, so that nothing was heard.
  if (now - line.blocked.until() >= kLongestNormalWait) {
    line.blocked_since.reset();
    line.is_reported = false;
  }
  if (!line.blocked_since) line.blocked_since = now;
  line.blocked.set_until(std::max(line.blocked.until(), now + wait));
  return wait >= kWorthReporting && !std::exchange(line.is_reported, true);
}

void Throttle::left(const Tenant& tenant, SubscriptionId subscription, Kind kind, double requests) {
  const MutexLock lock(mutex_);
  const SteadyTime now = clock_.steady_now();
  Lane& lane = lane_of(tenant, now);
  auto& short_of = lane.of(kind).short_of;
  if (requests >= kFewLeft) {
    short_of.clear();
    return;
  }
  if (short_of.size() < kSeveral) short_of.insert(subscription);
  if (short_of.size() < kSeveral) return;
  const Duration even = gap(kind);
  const Duration longest = std::max(kSlowest, even);
  const double slower = kFewLeft / std::max(requests, 1.0);
  const Duration pause = std::min(longest, std::chrono::duration_cast<Duration>(even * slower));
  SteadyTime& next = lane.of(kind).next;
  next = std::max(next, now + burst(even) + pause);
}

bool Throttle::heard(const Tenant& tenant, Kind kind) {
  const MutexLock lock(mutex_);
  const auto found = lanes_.find(tenant);
  if (found == lanes_.end()) return false;
  Line& line = found->second.of(kind);
  line.throttled_at.clear();
  line.blocked_since.reset();
  // Those that were on their way when the pause began do not end it.
  const bool is_over = line.blocked.until() <= clock_.steady_now();
  return is_over && std::exchange(line.is_reported, false);
}

void Throttle::try_again(const Tenant& tenant) {
  const MutexLock lock(mutex_);
  const auto found = lanes_.find(tenant);
  if (found == lanes_.end()) return;
  for (Line& line : found->second.lines) line.blocked.try_again(clock_.steady_now());
}

void Throttle::try_again() {
  const MutexLock lock(mutex_);
  for (auto& [tenant, lane] : lanes_) {
    for (Line& line : lane.lines) line.blocked.try_again(clock_.steady_now());
  }
}

void Throttle::set_rates(Rates rates) {
  const MutexLock lock(mutex_);
  rates_ = rates;
}

}  // namespace defenderd
