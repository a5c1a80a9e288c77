#include "telemetry/token_expiry.h"

#include <algorithm>

#include "base/time_text.h"
#include "telemetry/metric_labels.h"

namespace defenderd {

void TokenExpiry::set(const std::optional<TenantId>& tenant, WallTime when) {
  const MutexLock lock(mutex_);
  expiry_[tenant] = when;
}

void TokenExpiry::set_credential(std::string_view credential, WallTime when) {
  const auto* const known = std::find(kCredentials.begin(), kCredentials.end(), credential);
  if (known == kCredentials.end()) return;
  const MutexLock lock(mutex_);
  credentials_[*known] = when;
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
  std::map<std::string_view, WallTime> credentials = credentials_;
  for (const auto& [tenant, when] : expiry_) {
    if (!tenants_.contains(tenant)) continue;
    if (!credentials_.contains(kAccessToken)) {
      const auto first = credentials.try_emplace(kAccessToken, when).first;
      first->second = std::min(first->second, when);
    }
    out.sample(label_text({{"tenant_id", tenant ? tenant->text() : ""}}), to_unix_seconds(when));
  }
  out.family("defenderd_credential_expiry_timestamp_seconds", MetricKind::Gauge,
             "When the credential in use expires, where that is known: a client certificate, a "
             "federated token, the first access token to expire, and the certificate of "
             "server.webConfigFile.");
  for (const auto& [credential, when] : credentials)
    out.sample(label_text({{"credential", credential}}), to_unix_seconds(when));
}

}  // namespace defenderd
