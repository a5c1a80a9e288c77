#pragma once
// The request budget for ARM: how many reads and writes a second each tenant's principal may use,
// and until when ARM has asked it to wait.
//
// ARM counts per subscription, principal and kind (reads 25/s, writes 10/s refill). defenderd's
// default stays below that, because others may use the same principal. What they leave is in ARM's
// answers (x-ms-ratelimit-remaining-...), which slow requests down before ARM refuses any.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stop_token>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/retry_wait.h"
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

  // Takes one request's share and waits for it if necessary: over any time never more than the rate
  // allows plus one second's worth. The first requests keep the even pace: the process before this
  // one may have sent its second's worth just now. False if stopped while waiting.
  bool take(const Tenant& tenant, Kind kind, const std::stop_token& stop);

  // One more request was sent than was taken: later ones wait for it.
  void charge(const Tenant& tenant, Kind kind);

  // When a read and, if needed, a write of this tenant could be sent without waiting; not later
  // than now means at once. A pause that ARM asked for counts only for reads: what may not be
  // written is still observed.
  [[nodiscard]] SteadyTime ready_at(const Tenant& tenant) const;

  // The same, but a tenant that ARM has asked to wait for kLongestNormalWait or more is let
  // through: no request is sent, and each of its subscriptions is reported as not observed.
  [[nodiscard]] SteadyTime work_at(const Tenant& tenant) const;

  // How long ARM still asks this tenant to wait with requests of this kind; zero: no wait. take()
  // does not wait for that, because it can be many minutes.
  [[nodiscard]] Duration blocked_for(const Tenant& tenant, Kind kind) const;
  // How long ARM has done so, one wait after another, with nothing heard() in between.
  [[nodiscard]] Duration throttled_for(const Tenant& tenant, Kind kind) const;

  // ARM answered 429 for this subscription. That concerns only the subscription, until several of
  // a tenant get it one after another within a short time, with no other answer in between. Then
  // ARM throttles the principal, and no new request of that tenant and kind is sent for as long as
  // ARM asked. Returns whether a pause of a minute or more begins.
  bool throttled(const Tenant& tenant, SubscriptionId subscription, Kind kind, Duration wait);

  // ARM allows this many more requests of this kind. One subscription's limit is its own, and
  // others share it. If few are left for several one after another, they count together: then the
  // pace falls with what is left, down to one request a second.
  void left(const Tenant& tenant, SubscriptionId subscription, Kind kind, double requests);

  // ARM answered with anything else but a time-out or a server's error: requests of this tenant and
  // kind are not throttled. Returns whether a pause is over whose begin throttled() has reported.
  bool heard(const Tenant& tenant, Kind kind);

  // A person asks for an observation: requests are sent again although ARM asked this tenant to
  // wait. If it still throttles, that is found out again. At most every 30 seconds.
  void try_again(const Tenant& tenant);
  void try_again();  // all tenants

  void set_rates(Rates rates);

 private:
  struct Line {                         // requests of one kind
    SteadyTime next{};                  // when the next one may be sent with no burst left
    std::set<std::uint64_t> waiting;    // tickets of take()
    std::set<SubscriptionId> short_of;  // consecutive
    RetryWait blocked;
    std::optional<SteadyTime> blocked_since;            // until something is heard()
    bool is_reported = false;                           // the pause, by throttled()
    std::map<SubscriptionId, SteadyTime> throttled_at;  // consecutive
  };
  struct Lane {  // of a tenant
    std::array<Line, 2> lines;
    Line& of(Kind kind) { return lines[static_cast<std::size_t>(kind)]; }
    [[nodiscard]] const Line& of(Kind kind) const { return lines[static_cast<std::size_t>(kind)]; }
  };
  [[nodiscard]] Duration gap(Kind kind) const REQUIRES(mutex_);
  Lane& lane_of(const Tenant& tenant, SteadyTime now) REQUIRES(mutex_);
  [[nodiscard]] SteadyTime slot(const Lane& lane, Kind kind) const REQUIRES(mutex_);
  [[nodiscard]] SteadyTime after_all(const Lane& lane) const REQUIRES(mutex_);

  Clock& clock_;
  mutable Mutex mutex_;
  Rates rates_ GUARDED_BY(mutex_);
  std::map<Tenant, Lane> lanes_ GUARDED_BY(mutex_);
  std::uint64_t last_ticket_ GUARDED_BY(mutex_) = 0;
};

}  // namespace defenderd
