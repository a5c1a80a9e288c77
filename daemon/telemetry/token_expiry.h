#pragma once
// When the access token of each tenant expires, and the credential in use, as metrics.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>

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
  // `credential` is one of kCredentials.
  void set_credential(std::string_view credential, WallTime when);
  // Those of the tenants that a declared subscription names.
  void write(Exposition& out, const StatusSnapshot& snapshot) const;

 private:
  void follow_tenants(const StatusSnapshot& snapshot) const REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::map<std::optional<TenantId>, WallTime> expiry_ GUARDED_BY(mutex_) = {};
  std::map<std::string_view, WallTime> credentials_ GUARDED_BY(mutex_) = {};
  // Of what is declared at that revision of the desired state.
  mutable std::set<std::optional<TenantId>> tenants_ GUARDED_BY(mutex_) = {};
  mutable std::uint64_t tenants_revision_ GUARDED_BY(mutex_) = 0;
};

}  // namespace defenderd
