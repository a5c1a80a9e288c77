#include "identity/token_cache.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/heartbeat.h"
#include "base/scrub.h"
#include "core/timing.h"

namespace defenderd {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// Renewal starts this long before the expiry, or halfway through a short lifetime.
constexpr Duration kRenewAhead = minutes(10);
// A token this close to its expiry may expire on the way.
constexpr Duration kTooLate = seconds(20);
// How long to use a token that seems to have expired on arrival: this machine's clock is wrong, and
// ARM's is not.
constexpr Duration kWrongClock = seconds(30);
// A replacement that is rejected within this time is not replaced again.
constexpr Duration kKeepReplacement = seconds(10);
constexpr Duration kFirstPause = seconds(2);
constexpr Duration kLongestPause = minutes(2);
// A server's wait above this is a mistake.
constexpr Duration kLongestWish = minutes(10);

Duration pause_after(int failures) { return doubled(kFirstPause, failures - 1, kLongestPause); }

template <class Slot>
bool is_usable(const Slot& slot, SteadyTime now) {
  return slot.token && now < slot.good_until;
}

// The remembered failure, with the rest of its pause.
template <class Slot>
Failure failure_of(const Slot& slot, SteadyTime now) {
  Failure failure = *slot.failure;
  if (failure.next != NextTry::Slow && now < slot.retry.until())
    failure.server_wait = slot.retry.until() - now;
  return failure;
}

}  // namespace

// Marks the slot while its token is being fetched, even where the source throws. Made and ended
// with the lock held.
class TokenCache::Claim {
 public:
  Claim(TokenCache& cache, Slot& slot) : cache_(cache), slot_(slot) { slot_.fetching = true; }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  ~Claim() {
    slot_.fetching = false;
    cache_.fetched_.notify_all();
  }

 private:
  TokenCache& cache_;
  Slot& slot_;
};

TokenCache::TokenCache(TokenSource& source, const Clock& clock, Observer observer)
    : source_(source), clock_(clock), observer_(std::move(observer)) {}

ArmResult<Secret> TokenCache::token(const std::optional<TenantId>& tenant,
                                    const std::stop_token& stop) {
  MutexLock lock(mutex_);
  Slot& slot = slots_[tenant];
  while (true) {
    const SteadyTime now = clock_.steady_now();
    const bool usable = is_usable(slot, now);
    const bool may_ask = !slot.fetching && now >= slot.retry.until();
    if (usable && (now < slot.renew_at || !may_ask)) return slot.token->value;
    if (may_ask) return fetch(slot, tenant, stop);
    if (!slot.fetching) return Unexpected(failure_of(slot, now));
    if (!wait_beating(fetched_, lock, stop, [&] { return !slot.fetching; }))
      return Unexpected(credential_failure("stopped while waiting for a token"));
  }
}

ArmResult<Done> TokenCache::prove(const std::optional<TenantId>& tenant,
                                  const std::stop_token& stop) {
  MutexLock lock(mutex_);
  Slot& slot = slots_[tenant];
  if (!wait_beating(fetched_, lock, stop, [&] { return !slot.fetching; }))
    return Unexpected(credential_failure("stopped while waiting for a token"));
  const SteadyTime now = clock_.steady_now();
  const bool waits = slot.failure && now < slot.retry.until();
  if (!waits) {
    const ArmResult<Secret> token = fetch(slot, tenant, stop);
    if (!token) return Unexpected(token.error());
  }
  if (slot.failure) return Unexpected(failure_of(slot, clock_.steady_now()));
  return Done{};
}

ArmResult<AccessToken> TokenCache::ask(Slot& slot, const std::optional<TenantId>& tenant,
                                       const std::stop_token& stop) {
  const Claim claim(*this, slot);
  const MutexUnlock unlocked(mutex_);
  ArmResult<AccessToken> answer = source_.fetch(tenant, stop);
  // A request that was stopped says nothing about the credential.
  const bool stopped = !answer && stop.stop_requested();
  if (observer_ && !stopped) observer_(tenant, answer);
  return answer;
}

ArmResult<Secret> TokenCache::fetch(Slot& slot, const std::optional<TenantId>& tenant,
                                    const std::stop_token& stop) {
  ArmResult<AccessToken> answer = ask(slot, tenant, stop);
  const bool stopped = !answer && stop.stop_requested();
  if (stopped) return Unexpected(std::move(answer.error()));
  const SteadyTime now = clock_.steady_now();
  if (answer) {
    keep(slot, *std::move(answer), now, clock_.wall_now());
  } else {
    keep(slot, std::move(answer.error()), now);
  }
  if (slot.failure && !is_usable(slot, now)) return Unexpected(failure_of(slot, now));
  return slot.token->value;
}

void TokenCache::keep(Slot& slot, AccessToken token, SteadyTime now, WallTime wall_now) {
  const Duration left = token.expires - wall_now;
  const Duration life = left > Duration::zero() ? left : kWrongClock;
  remember_secret(token.value);
  slot.token = std::move(token);
  slot.renew_at = now + std::max(life - kRenewAhead, life / 2);
  slot.good_until = now + std::max(life - kTooLate, life / 2);
  slot.keep_until = slot.dropped ? now + kKeepReplacement : now;
  slot.dropped = false;
  slot.failures = 0;
  slot.failure.reset();
  slot.retry.set_until(now);
}

void TokenCache::keep(Slot& slot, Failure failure, SteadyTime now) {
  slot.failure = std::move(failure);
  const Duration wish = slot.failure->server_wait.value_or(Duration::zero());
  slot.retry.set_until(now + std::max(pause_after(++slot.failures), std::min(wish, kLongestWish)));
}

void TokenCache::drop(const std::optional<TenantId>& tenant, const Secret& refused) {
  const MutexLock lock(mutex_);
  Slot& slot = slots_[tenant];
  if (!slot.token || slot.token->value.reveal() != refused.reveal()) return;
  if (clock_.steady_now() < slot.keep_until) return;
  slot.token.reset();
  slot.dropped = true;
}

void TokenCache::try_again(const std::optional<TenantId>& tenant) {
  const MutexLock lock(mutex_);
  const auto found = slots_.find(tenant);
  if (found != slots_.end()) found->second.retry.try_again(clock_.steady_now());
}

void TokenCache::try_again() {
  const MutexLock lock(mutex_);
  for (auto& [tenant, slot] : slots_) slot.retry.try_again(clock_.steady_now());
}

}  // namespace defenderd
