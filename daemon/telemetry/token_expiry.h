#pragma once
// When the access token of each tenant expires, as a metric.

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "base/clock.h"
#include "base/mutex.h"
#include "core/ids.h"
#include "telemetry/exposition.h"
#include "telemetry/status_board.h"

namespace defenderd {

// Thread-safe.
class TokenExpiry {
 public:
  // nullopt: the default tenant.
  void set(const std::optional<TenantId>& tenant, WallTime when);
  // Those of the tenants that a declared subscription names.
  void write(Exposition& out, const StatusSnapshot& snapshot) const;

 private:
  void follow_tenants(const StatusSnapshot& snapshot) const REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::map<std::optional<TenantId>, WallTime> expiry_ GUARDED_BY(mutex_) = {};
  // Of what is declared at that revision of the desired state.
  mutable std::set<std::optional<TenantId>> tenants_ GUARDED_BY(mutex_) = {};
  mutable std::uint64_t tenants_revision_ GUARDED_BY(mutex_) = 0;
};

}  // namespace defenderd
