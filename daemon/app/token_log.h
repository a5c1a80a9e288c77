#pragma once
// What people read about requests for tokens. A failure is logged for each tenant when it starts,
// when its kind changes and when it ends; the metrics count the retries. Tenants that fail alike
// are folded: one outage of Entra must not be a line for each of a hundred tenants.

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/mutex.h"
#include "core/failure.h"
#include "core/ids.h"
#include "telemetry/log.h"

namespace defenderd {

// Thread-safe.
class TokenLog {
 public:
  // So many tenants that fail alike have lines of their own.
  static constexpr std::size_t kFew = 3;

  // `log` outlives it.
  explicit TokenLog(Logger& log) : log_(log) {}

  // The answer to a request; nullopt is the default tenant.
  void failed(const std::optional<TenantId>& tenant, const Failure& failure);
  void succeeded(const std::optional<TenantId>& tenant);
  // Forgets tenants that no token is requested for any more.
  void keep_only(const std::set<std::optional<TenantId>>& wanted);

 private:
  // The tenants that fail alike.
  struct Group {
    std::set<std::optional<TenantId>> tenants = {};
    std::size_t reported = 0;  // by the last line about many; 0: each has a line of its own
    std::set<std::optional<TenantId>> recovered = {};  // without a line
  };
  using Groups = std::map<std::string, Group>;

  void report(Group& group, const std::optional<TenantId>& tenant, const Failure& failure,
              LogLines& lines) REQUIRES(mutex_);
  void leave(Groups::iterator group, const std::optional<TenantId>& tenant, LogLines& lines)
      REQUIRES(mutex_);

  Logger& log_;
  Mutex mutex_;  // never held while something is logged
  Groups groups_ GUARDED_BY(mutex_);
  std::map<std::optional<TenantId>, Groups::iterator> failing_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
