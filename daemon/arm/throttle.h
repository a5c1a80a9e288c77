#pragma once
// A fair share of ARM: how many reads and writes a second each tenant's principal may cost, and
// until when ARM has asked it to keep quiet.
//
// ARM counts per subscription and principal (reads 25/s, writes 10/s refill); defenderd's own
// default stays below that, because it is not the only one who works with that principal.

#include <array>
#include <map>
#include <optional>
#include <stop_token>

#include "base/clock.h"
#include "base/mutex.h"
#include "core/ids.h"

namespace defenderd {

// Thread-safe.
class Throttle {
 public:
  enum class Kind { Read, Write };
  struct Rates {
    double reads_per_second = 20;
    double writes_per_second = 5;
  };
  using Tenant = std::optional<TenantId>;

  Throttle(Clock& clock, Rates rates);

  // Takes one request's share, waiting for it if need be: over any time never more than the rate
  // allows plus one second's worth. False when stopped while waiting.
  bool take(const Tenant& tenant, Kind kind, std::stop_token stop);

  // One more went out than was taken: what follows waits for it.
  void charge(const Tenant& tenant, Kind kind);

  // When a read and, should it be needed, a write of this tenant could go out without waiting; not
  // after now means at once.
  [[nodiscard]] SteadyTime ready_at(const Tenant& tenant) const;

  // How long ARM still wants to hear nothing of this tenant; zero: it may be asked. take() does not
  // wait for that, because it can be many minutes.
  [[nodiscard]] Duration blocked_for(const Tenant& tenant) const;

  // ARM answered 429 for this subscription. That is the subscription's own affair, until several of
  // a tenant meet it one after the other within a short while, with nothing else in between: then
  // it is the principal that ARM throttles, and nothing new of that tenant goes out for as long as
  // ARM asked.
  void throttled(const Tenant& tenant, SubscriptionId subscription, Duration wait);

  // ARM answered with anything else: it is listening to this tenant.
  void heard(const Tenant& tenant);

  void set_rates(Rates rates);

 private:
  struct Lane {
    std::array<SteadyTime, 2> next{};  // by Kind: when the next one would go out with no burst left
    SteadyTime blocked_until;
    std::map<SubscriptionId, SteadyTime> throttled_at;  // in a row
  };
  [[nodiscard]] Duration gap(Kind kind) const REQUIRES(mutex_);
  [[nodiscard]] SteadyTime slot(const Lane& lane, Kind kind) const REQUIRES(mutex_);

  Clock& clock_;
  mutable Mutex mutex_;
  Rates rates_ GUARDED_BY(mutex_);
  std::map<Tenant, Lane> lanes_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
