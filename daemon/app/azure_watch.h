#pragma once
// What Azure reports besides the plans themselves: how requests went, what is left of its quotas,
// and the tokens. Counted and logged; the last of each is kept for the status.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/azure_stack.h"
#include "app/token_log.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "server/endpoints.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace defenderd {

// Thread-safe.
class AzureWatch {
 public:
  // Both outlive it.
  AzureWatch(Metrics& metrics, Logger& log) : metrics_(metrics), log_(log), tokens_(log) {}

  // For AzureStack::create; this object outlives the stack.
  [[nodiscard]] AzureStack::Observers observers();

  // The tenants that tokens are requested for.
  void keep_only(const std::set<std::optional<TenantId>>& wanted) { tokens_.keep_only(wanted); }

  struct Snapshot {
    std::optional<WallTime> token_expires = {};    // of the default tenant
    std::vector<DaemonStatus::Quota> quotas = {};  // by name
  };
  [[nodiscard]] Snapshot snapshot() const;

 private:
  void paused(const std::optional<TenantId>& tenant, Throttle::Kind kind, Duration wait);
  void resumed(const std::optional<TenantId>& tenant, Throttle::Kind kind);
  void quota_left(std::string_view header, double remaining);
  void token_answered(const std::optional<TenantId>& tenant, const ArmResult<AccessToken>& answer);

  Metrics& metrics_;
  Logger& log_;
  TokenLog tokens_;

  mutable Mutex mutex_;
  std::optional<WallTime> token_expires_ GUARDED_BY(mutex_);
  std::map<std::string, double, std::less<>> quotas_ GUARDED_BY(mutex_);  // by header
};

}  // namespace defenderd
