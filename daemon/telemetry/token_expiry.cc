#include "telemetry/token_expiry.h"

#include "base/time_text.h"

namespace defenderd {

void TokenExpiry::set(const std::optional<TenantId>& tenant, WallTime when) {
  const MutexLock lock(mutex_);
  expiry_[tenant] = when;
}

void TokenExpiry::follow_tenants(const StatusSnapshot& snapshot) const {
  if (tenants_revision_ == snapshot.desired_revision) return;
  tenants_revision_ = snapshot.desired_revision;
  tenants_.clear();
  for (const auto& row : snapshot.rows) tenants_.insert(row->desired->tenant);
}

void TokenExpiry::write(Exposition& out, const StatusSnapshot& snapshot) const {
  out.family("defenderd_token_expiry_timestamp_seconds", MetricKind::Gauge,
             "When the access token in use expires, by tenant; the default tenant's label is "
             "empty. Absent until there is one.");
  const MutexLock lock(mutex_);
  follow_tenants(snapshot);
  for (const auto& [tenant, when] : expiry_) {
    if (!tenants_.contains(tenant)) continue;
    out.sample(label_text({{"tenant_id", tenant ? tenant->text() : ""}}), to_unix_seconds(when));
  }
}

}  // namespace defenderd
