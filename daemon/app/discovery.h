#pragma once
// Follows which subscriptions the identity sees, so that scopes cover what is new, and what nothing
// covers is told.
//
// What a look finds is laid under the declared state (core/scope.h); where that changes what holds,
// it is declared anew. A look that fails leaves everything as it was. A subscription that is out of
// its scope's reach is no longer declared, and so left alone; it is told and listed.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "arm/subscription_discovery.h"
#include "base/clock.h"
#include "core/scope.h"
#include "telemetry/coverage_board.h"
#include "telemetry/log.h"

namespace defenderd {

// Thread-safe.
class Discovery {
 public:
  struct Options {
    // SubscriptionDiscovery::look, or a fake.
    std::function<ArmResult<Discovered>(const std::optional<TenantId>&, bool groups,
                                        const std::stop_token&)>
        look;
    // What holds from now on: entries, and what scopes cover. One call at a time, with this
    // object's lock held: it calls nothing back.
    std::function<void(const DesiredState&)> declare;
    std::optional<TenantId> default_tenant = {};  // its id, where it is known
  };
  // Clock, log and board outlive it.
  Discovery(Clock& clock, Logger& log, CoverageBoard& board, Options options);

  // The files' state. Declares what it comes to with what was found last, and looks anew soon where
  // it has scopes.
  void set_declared(DesiredState declared);
  // Time between two looks: where there are scopes, and where there are none.
  void set_intervals(Duration with_scopes, Duration without);
  // Brings the next look forward, for somebody who asks from outside and may ask without end: to
  // now, or to half a minute after the last one that was asked for.
  void look_soon();
  // When run() looks next.
  [[nodiscard]] SteadyTime next_look() const;

  // Looks until `stop` is requested. Blocks.
  void run(const std::stop_token& stop);
  // One look: the body of run()'s loop.
  void step(const std::stop_token& stop);

  // Whether a look has ended, well or not, since there were scopes; true where there are none.
  // Waits for no lock: probes ask it.
  [[nodiscard]] bool attempted() const { return attempted_ || !has_any_scope_; }

 private:
  struct Tenant {
    std::optional<std::vector<DiscoveredSubscription>> found;  // by the last good look
    bool has_groups = false;                                   // its management groups are known
    std::string error = {};                                    // of the last look
    std::string told = {};                                     // the class of failure in the log
  };
  using Tenants = std::map<std::optional<TenantId>, Tenant>;

  // With mutex_ held; what they add to lines_ is logged once it is released.
  void take(const std::map<std::optional<TenantId>, bool>& wanted,
            std::map<std::optional<TenantId>, ArmResult<Discovered>>&& answers);
  void take(const std::optional<TenantId>& id, bool groups, ArmResult<Discovered> answer);
  void failed(const std::optional<TenantId>& id, const Failure& failure);
  [[nodiscard]] bool has_scopes(const std::optional<TenantId>& tenant) const;
  [[nodiscard]] SteadyTime next_look_locked() const;
  [[nodiscard]] bool needs_groups(const std::optional<TenantId>& tenant) const;

  enum class Cause { Edit, Look };
  void resolve_and_declare(Cause cause);
  void note_departures(const Resolution& resolution, Cause cause);
  void tell_conflicts(const std::vector<ScopeConflict>& conflicts);
  void show(const Resolution& resolution);
  enum class News { LeftScope, Undeclared };
  void tell_new(const std::vector<const CoverageRow*>& rows, News news, const std::string& many);

  Clock& clock_;
  Logger& log_;
  CoverageBoard& board_;
  const Options options_;

  mutable std::mutex mutex_;  // guards what follows; never held while a look is under way
  std::condition_variable_any wake_;
  LogLines lines_;
  Duration with_scopes_ = std::chrono::minutes(5);
  Duration without_ = std::chrono::hours(1);
  bool due_ = true;
  bool asked_ = false;  // to look soon
  std::optional<SteadyTime> looked_;
  std::optional<SteadyTime> looked_when_asked_;
  DesiredState declared_;
  std::optional<DesiredState> effective_;  // declared last
  Tenants tenants_;
  std::map<SubscriptionId, Declaration> covered_;  // by scopes alone
  std::map<SubscriptionId, CoverageRow> left_;     // a scope, by a look
  std::map<SubscriptionId, WallTime> first_seen_;
  std::map<std::string, std::size_t> conflicts_told_;
  std::optional<WallTime> last_success_;
  std::optional<bool> last_good_;

  // Written with the lock held, and read without.
  std::atomic<bool> attempted_ = false;
  std::atomic<bool> has_any_scope_ = false;
};

}  // namespace defenderd
