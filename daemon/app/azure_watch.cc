#include "app/azure_watch.h"

#include <cstdint>

#include "base/scrub.h"
#include "base/time_text.h"
#include "core/tenant_text.h"

namespace defenderd {
namespace {

// The names of quotas come over the network: their number and length are bounded.
constexpr std::size_t kMaxQuotas = 16;
constexpr std::size_t kLongestName = 64;

std::string what(Throttle::Kind kind) { return kind == Throttle::Kind::Write ? "writes" : "reads"; }

}  // namespace

AzureStack::Observers AzureWatch::observers() {
  AzureStack::Observers observers;
  observers.arm.answered = [this](ArmOperation operation, int status, Duration took) {
    metrics_.arm_answered(operation, status, took);
  };
  observers.arm.silent = [this](ArmOperation operation, ArmSilence why, Duration took) {
    metrics_.arm_silent(operation, why, took);
  };
  observers.arm.throttled = [this] { metrics_.throttled(); };
  observers.arm.paused = [this](const std::optional<TenantId>& tenant, Throttle::Kind kind,
                                Duration wait) { paused(tenant, kind, wait); };
  observers.arm.resumed = [this](const std::optional<TenantId>& tenant, Throttle::Kind kind) {
    resumed(tenant, kind);
  };
  observers.arm.rate_limit_remaining = [this](std::string_view header, double remaining) {
    quota_left(header, remaining);
  };
  observers.token = [this](const std::optional<TenantId>& tenant,
                           const ArmResult<AccessToken>& answer) {
    token_answered(tenant, answer);
  };
  observers.credential = [this](const std::string& choice) {
    log_.log(LogLevel::Info, log_event::kCredential, "tokens come from the " + choice);
  };
  return observers;
}

AzureWatch::Snapshot AzureWatch::snapshot() const {
  const MutexLock lock(mutex_);
  Snapshot snapshot{token_expires_};
  for (const auto& [header, remaining] : quotas_) {
    snapshot.quotas.push_back({header, static_cast<std::int64_t>(remaining)});
  }
  return snapshot;
}

void AzureWatch::paused(const std::optional<TenantId>& tenant, Throttle::Kind kind, Duration wait) {
  const bool writes = kind == Throttle::Kind::Write;
  log_.log(LogLevel::Warn, log_event::kThrottled,
           "ARM throttles " + what(kind) + " of " + tenant_name(tenant) +
               ", and defenderd sends none for " + format_duration(wait) +
               (writes ? "; subscriptions are still observed"
                       : "; its subscriptions are shown as they were last observed"),
           {{log_key::kTenant, id_text(tenant)}});
}

void AzureWatch::resumed(const std::optional<TenantId>& tenant, Throttle::Kind kind) {
  log_.log(LogLevel::Info, log_event::kThrottled,
           "ARM answers " + what(kind) + " of " + tenant_name(tenant) + " again",
           {{log_key::kTenant, id_text(tenant)}});
}

void AzureWatch::quota_left(std::string_view header, double remaining) {
  metrics_.rate_limit_remaining(header, remaining);
  const MutexLock lock(mutex_);
  if (const auto known = quotas_.find(header); known != quotas_.end()) {
    known->second = remaining;
  } else if (quotas_.size() < kMaxQuotas && foreign_text(header, kLongestName) == header) {
    quotas_.emplace(header, remaining);
  }
}

void AzureWatch::token_answered(const std::optional<TenantId>& tenant,
                                const ArmResult<AccessToken>& answer) {
  metrics_.token_requested(answer.has_value());
  if (!answer) {
    tokens_.failed(tenant, answer.error());
    return;
  }
  tokens_.succeeded(tenant);
  metrics_.token_expires(tenant, answer->expires);
  const MutexLock lock(mutex_);
  if (!tenant) token_expires_ = answer->expires;
}

}  // namespace defenderd
