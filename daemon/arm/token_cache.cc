#include "arm/token_cache.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace defenderd {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// Renewal starts this long before the end, or at half of a short life.
constexpr Duration kRenewAhead = minutes(10);
// A token this close to its end may be refused on the way.
constexpr Duration kTooLate = seconds(20);
constexpr Duration kFirstPause = seconds(2);
constexpr Duration kLongestPause = minutes(2);

Duration pause_after(int failures) {
  Duration pause = kFirstPause;
  for (int i = 1; i < failures && pause < kLongestPause; ++i) pause *= 2;
  return std::min(pause, kLongestPause);
}

}  // namespace

Failure credential_failure(std::string message, NextTry next) {
  Failure failure;
  failure.reason = Reason::CredentialFailed;
  failure.message = std::move(message);
  failure.next = next;
  return failure;
}

TokenCache::TokenCache(TokenSource& source, const Clock& clock, Observer observer)
    : source_(source), clock_(clock), observer_(std::move(observer)) {}

bool TokenCache::is_usable(const Slot& slot, SteadyTime now) const {
  return slot.token && now < slot.good_until;
}

ArmResult<Secret> TokenCache::token(const std::optional<TenantId>& tenant,
                                    const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  Slot& slot = slots_[tenant];
  while (true) {
    const SteadyTime now = clock_.steady_now();
    const bool usable = is_usable(slot, now);
    const bool may_ask = !slot.fetching && now >= slot.retry_at;
    if (usable && (now < slot.renew_at || !may_ask)) return slot.token->value;
    if (may_ask) return fetch(lock, tenant, stop);
    if (!slot.fetching) return Unexpected(*slot.failure);
    if (!fetched_.wait(lock, stop, [&] { return !slot.fetching; })) {
      return Unexpected(credential_failure("stopped while waiting for a token"));
    }
    if (slot.failure && !is_usable(slot, clock_.steady_now())) return Unexpected(*slot.failure);
  }
}

ArmResult<Secret> TokenCache::fetch(std::unique_lock<std::mutex>& lock,
                                    const std::optional<TenantId>& tenant,
                                    const std::stop_token& stop) {
  Slot& slot = slots_[tenant];
  slot.fetching = true;
  lock.unlock();
  ArmResult<AccessToken> answer = source_.fetch(tenant, stop);
  if (observer_ && !stop.stop_requested()) observer_(tenant, answer);
  lock.lock();
  slot.fetching = false;
  const SteadyTime now = clock_.steady_now();
  if (answer) {
    const Duration life = std::max<Duration>(answer->expires - clock_.wall_now(), Duration::zero());
    slot.token = *std::move(answer);
    slot.renew_at = now + std::max(life - kRenewAhead, life / 2);
    slot.good_until = now + std::max(life - kTooLate, life / 2);
    slot.failures = 0;
    slot.failure.reset();
    slot.retry_at = now;
  } else {
    slot.failure = std::move(answer.error());
    slot.retry_at = now + std::max(pause_after(++slot.failures),
                                   slot.failure->server_wait.value_or(Duration::zero()));
  }
  fetched_.notify_all();
  if (slot.failure && !is_usable(slot, now)) return Unexpected(*slot.failure);
  return slot.token->value;
}

void TokenCache::drop(const std::optional<TenantId>& tenant, const Secret& refused) {
  const std::scoped_lock lock(mutex_);
  Slot& slot = slots_[tenant];
  if (slot.token && slot.token->value.reveal() == refused.reveal()) slot.token.reset();
}

}  // namespace defenderd
