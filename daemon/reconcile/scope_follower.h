#pragma once
// Keeps what scopes cover up to date: lists the visible subscriptions at an interval, resolves the
// scopes of the declared state with them (core/scope_resolution.h), and declares the result when it
// changed.
//
// A listing that fails leaves everything as it was. A subscription that no longer matches a scope
// is no longer declared, and is left as it is. One that an edit brings under a scope by removing
// its entry is suspended first (reconcile/removals.h).

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/alarm.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/mutex.h"
#include "core/scope_resolution.h"
#include "reconcile/open_scopes.h"
#include "reconcile/removals.h"
#include "reconcile/scope_news.h"
#include "reconcile/subscription_source.h"

namespace defenderd {

// Thread-safe.
class ScopeFollower {
 public:
  // One call at a time, on the thread of run() or of set_declared(). It must not call
  // set_declared() or step().
  struct Listener {
    // After each edit and each listing, before its result is declared.
    std::function<void(const Resolution&, const ScopeNews&)> resolved = {};
    // The visible subscriptions, after each listing, and before the others are called. What a
    // tenant's failed listing is about comes from its last good one.
    std::function<void(const std::vector<DiscoveredSubscription>&)> listed = {};
    // Called if the result changed: the entries, and what the scopes cover.
    std::function<void(const DesiredState&)> declare = {};
    // After each edit and each listing: its result, changed or not, is in effect.
    std::function<void()> in_effect = {};
    // After each listing and all of the above: attempted() is true.
    std::function<void()> listing_ended = {};
    // An exception. One of `declare` ends the step of run(), which goes on, or set_declared().
    OnThrow threw = {};
  };
  // Source and clock outlive it. `default_tenant`: the id of the default one, if known.
  ScopeFollower(SubscriptionSource& source, Clock& clock, std::optional<TenantId> default_tenant,
                Listener listener);

  // The state of the files. Resolves it with the last listing, declares the result at once, and
  // makes the next listing due if it has scopes.
  void set_declared(DesiredState declared);
  // Time between two listings: with scopes, and without.
  void set_intervals(Duration with_scopes, Duration without);
  // Brings the next listing forward, for outside callers, which may call in a loop: to now, or to
  // half a minute after the last requested listing.
  void list_soon();
  // When run() lists next.
  [[nodiscard]] SteadyTime next_listing() const;

  // Lists until `stop` is requested, from the first set_declared() on. Blocks.
  void run(const std::stop_token& stop);
  // One listing: the body of run()'s loop.
  void step(const std::stop_token& stop);
  // Lets the scopes apply where a suspension after a removal is over. run() calls it in time.
  void end_removals();
  // What edits removed lately, which a restart must remember.
  [[nodiscard]] Removals& removals() { return removals_; }

  // Whether the scopes were resolved with a listing that ended, even if it failed; true if there
  // are none, but not before the first set_declared(). Takes no lock, because probes call it.
  [[nodiscard]] bool attempted() const { return attempted_ || needs_no_listing(); }
  // What set_declared() was given last.
  [[nodiscard]] DesiredState declared() {
    const MutexLock lock(declaring_);
    return declared_;
  }
  // Whether nothing is missing: every list that a scope needs was read, though perhaps not lately.
  [[nodiscard]] bool complete() const { return complete_; }
  // Whether a scope may cover it although nothing declares it: a list that the scope needs was
  // never read. May be called by a listener.
  [[nodiscard]] bool may_cover(SubscriptionId id) const;

 private:
  struct Tenant {
    std::optional<std::vector<DiscoveredSubscription>> found;  // by the last good listing
    bool groups_known = false;
    std::optional<Failure> failure = {};  // of the last listing
  };
  using Wanted = std::map<std::optional<TenantId>, bool>;  // and whether with management groups
  using Answers = std::map<std::optional<TenantId>, ArmResult<Discovered>>;
  enum class Cause { Edit, Listing };

  [[nodiscard]] bool needs_no_listing() const { return is_declared_ && !has_scopes_; }
  Wanted begin();
  ArmResult<Discovered> list(const std::optional<TenantId>& tenant, bool groups,
                             const std::stop_token& stop);
  void take(const Wanted& wanted, Answers&& answers) REQUIRES(declaring_);
  static std::optional<Failure> take(Tenant& tenant, bool groups, ArmResult<Discovered>&& answer);
  void resolve_and_declare(Cause cause) REQUIRES(declaring_);
  std::vector<Declaration> update_covered(const DesiredState& effective) REQUIRES(declaring_);
  void judge(const std::vector<DiscoveredSubscription>& visible) REQUIRES(declaring_);
  [[nodiscard]] std::vector<OpenScope> open_scopes() const REQUIRES(declaring_);
  [[nodiscard]] ScopeNews news_of(std::vector<Declaration> departed) const REQUIRES(declaring_);
  [[nodiscard]] Moment now() const { return {clock_.steady_now(), clock_.wall_now()}; }

  SubscriptionSource& source_;
  Clock& clock_;
  const std::optional<TenantId> default_tenant_;
  const Listener listener_;

  // Held while a result is resolved and declared, but never during a listing. No probe and no
  // handler takes it.
  Mutex declaring_;
  DesiredState declared_ GUARDED_BY(declaring_);
  std::optional<DesiredState> effective_ GUARDED_BY(declaring_);  // in effect
  std::map<std::optional<TenantId>, Tenant> tenants_ GUARDED_BY(declaring_);
  std::map<SubscriptionId, Declaration> covered_ GUARDED_BY(declaring_);  // by scopes alone
  std::optional<WallTime> last_success_ GUARDED_BY(declaring_);
  std::optional<bool> last_good_ GUARDED_BY(declaring_);

  Removals removals_;
  Alarm alarm_;          // between two listings
  mutable Mutex mutex_;  // taken after declaring_; guards the schedule
  Duration with_scopes_ GUARDED_BY(mutex_) = std::chrono::minutes(5);
  Duration without_ GUARDED_BY(mutex_) = std::chrono::hours(1);
  bool due_ GUARDED_BY(mutex_) = true;
  // Consecutive listings that failed, and may pass, before the first good one.
  int failed_first_ GUARDED_BY(mutex_) = 0;
  Duration asked_wait_ GUARDED_BY(mutex_) = Duration::zero();  // by the server, after the last one
  bool asked_ GUARDED_BY(mutex_) = false;                      // for a listing soon
  std::optional<SteadyTime> listed_ GUARDED_BY(mutex_);
  std::optional<SteadyTime> listed_when_asked_ GUARDED_BY(mutex_);

  mutable Mutex open_mutex_;                                // the last one to be taken
  std::optional<OpenScopes> open_ GUARDED_BY(open_mutex_);  // while not complete

  std::atomic<bool> attempted_ = false;
  std::atomic<bool> complete_ = false;
  std::atomic<bool> has_scopes_ = false;
  std::atomic<bool> is_declared_ = false;
};

}  // namespace defenderd
