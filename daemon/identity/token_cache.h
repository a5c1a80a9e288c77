#pragma once
// One token per tenant, kept while it is good.

#include <condition_variable>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>

#include "base/clock.h"
#include "base/mutex.h"
#include "identity/token.h"

namespace defenderd {

// Thread-safe. A token is renewed well before it expires, by one caller, while the others go on
// with the old one; a renewal that fails is tried again later as long as the old one is good. Where
// there is none, one caller asks and the others wait for the answer. A failure is remembered for a
// growing while, or as long as the server wishes, so that a thousand subscriptions do not ask a
// thousand times; it then carries what is left of that while as its server_wait.
class TokenCache {
 public:
  // Told of each request to the source: whether it worked, and until when the token is good.
  // Called by whichever thread needs the token; for different tenants at once.
  using Observer =
      std::function<void(const std::optional<TenantId>&, const ArmResult<AccessToken>&)>;

  TokenCache(TokenSource& source, const Clock& clock, Observer observer);

  ArmResult<Secret> token(const std::optional<TenantId>& tenant, const std::stop_token& stop);

  // ARM did not accept this token: the next call asks for another. Nothing happens when there
  // already is another, or when this one came only just now in place of a refused one: asking once
  // more would not help then.
  void drop(const std::optional<TenantId>& tenant, const Secret& refused);

 private:
  struct Slot {
    std::optional<AccessToken> token;
    SteadyTime renew_at;  // from then on it should be renewed
    SteadyTime good_until;
    bool dropped = false;   // the last token was; the next one is its replacement
    SteadyTime keep_until;  // a replacement is not dropped before
    bool fetching = false;
    int failures = 0;
    std::optional<Failure> failure;
    SteadyTime retry_at;
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
