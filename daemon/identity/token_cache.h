#pragma once
// One token per tenant, cached while it is valid.

#include <condition_variable>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/retry_wait.h"
#include "identity/token.h"

namespace defenderd {

// Thread-safe. One caller renews a token well before it expires, while the others use the old one.
// A failed renewal is retried later while the old token is valid. Without a token, one caller
// requests it and the others wait for the answer. A failure is remembered for a growing time, or as
// long as the server asks, so that a thousand subscriptions do not send a thousand requests; its
// server_wait is the rest of that time.
class TokenCache {
 public:
  // Called after each request to the source: whether it succeeded, and when the token expires. Runs
  // on the thread that needs the token; for different tenants concurrently.
  using Observer =
      std::function<void(const std::optional<TenantId>&, const ArmResult<AccessToken>&)>;

  TokenCache(TokenSource& source, const Clock& clock, Observer observer);

  ArmResult<Secret> token(const std::optional<TenantId>& tenant, const std::stop_token& stop);

  // Requests a token, also while one is valid, and returns what became of that. A failure leaves
  // the valid one in use, and is returned again until its time is over.
  ArmResult<Done> prove(const std::optional<TenantId>& tenant, const std::stop_token& stop);

  // ARM rejected this token: the next call requests another one. Does nothing if there is already
  // another, or if this one has just replaced a rejected one, because another request would not
  // help then.
  void drop(const std::optional<TenantId>& tenant, const Secret& refused);

  // A person asks for an observation: the next call requests a token, although one was requested in
  // vain a short time ago. At most every 30 seconds for a tenant.
  void try_again(const std::optional<TenantId>& tenant);
  void try_again();  // all tenants

 private:
  struct Slot {
    std::optional<AccessToken> token;
    SteadyTime renew_at;  // renew it from this time on
    SteadyTime good_until;
    bool dropped = false;   // the last token was dropped; the next one is its replacement
    SteadyTime keep_until;  // a replacement is not dropped before this time
    bool fetching = false;
    int failures = 0;
    std::optional<Failure> failure;
    RetryWait retry;
  };
  class Claim;
  // Both release the lock while the source is asked.
  ArmResult<Secret> fetch(Slot& slot, const std::optional<TenantId>& tenant,
                          const std::stop_token& stop) REQUIRES(mutex_);
  ArmResult<AccessToken> ask(Slot& slot, const std::optional<TenantId>& tenant,
                             const std::stop_token& stop) REQUIRES(mutex_);
  static void keep(Slot& slot, AccessToken token, SteadyTime now, WallTime wall_now);
  static void keep(Slot& slot, Failure failure, SteadyTime now);

  TokenSource& source_;
  const Clock& clock_;
  const Observer observer_;
  Mutex mutex_;
  std::condition_variable_any fetched_;
  // A slot's address never changes.
  std::map<std::optional<TenantId>, Slot> slots_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
