#pragma once
// One token per tenant, kept while it is good.

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>

#include "arm/token.h"
#include "base/clock.h"

namespace defenderd {

// Thread-safe. A token is renewed well before it expires, by one caller, while the others go on
// with the old one; a renewal that fails is tried again later as long as the old one is good. Where
// there is none, one caller asks and the others wait for the answer. A failure is remembered for a
// growing while, so that a thousand subscriptions do not ask a thousand times.
class TokenCache {
 public:
  // Told of each request to the source: whether it worked, and until when the token is good.
  using Observer =
      std::function<void(const std::optional<TenantId>&, const ArmResult<AccessToken>&)>;

  TokenCache(TokenSource& source, const Clock& clock, Observer observer);

  ArmResult<Secret> token(const std::optional<TenantId>& tenant, const std::stop_token& stop);

  // ARM did not accept this token: the next call asks for another. Nothing happens when there
  // already is another.
  void drop(const std::optional<TenantId>& tenant, const Secret& refused);

 private:
  struct Slot {
    std::optional<AccessToken> token;
    SteadyTime renew_at;  // from then on it should be renewed
    SteadyTime good_until;
    bool fetching = false;
    int failures = 0;
    std::optional<Failure> failure;
    SteadyTime retry_at;
  };
  [[nodiscard]] bool is_usable(const Slot& slot, SteadyTime now) const;
  ArmResult<Secret> fetch(std::unique_lock<std::mutex>& lock, const std::optional<TenantId>& tenant,
                          const std::stop_token& stop);

  TokenSource& source_;
  const Clock& clock_;
  const Observer observer_;
  std::mutex mutex_;
  std::condition_variable_any fetched_;
  std::map<std::optional<TenantId>, Slot> slots_;  // a slot's address never changes
};

}  // namespace defenderd
