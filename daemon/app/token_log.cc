#include "app/token_log.h"

#include <utility>
#include <vector>

#include "base/list_text.h"
#include "core/tenant_text.h"

namespace defenderd {
namespace {

constexpr std::size_t kMagnitude = 10;

std::string tenants(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " tenant" : " tenants");
}

// Failures of one kind have one remedy. Those that pass are one kind, with and without an answer:
// in an outage they alternate.
std::string kind_of(const Failure& failure) {
  const int status = failure.http_status;
  const bool is_refused = status >= 400 && status < 500 && status != 408 && status != 429;
  if (failure.next != NextTry::Slow && !is_refused) return "unavailable";
  return std::to_string(status) + " " + failure.arm_code;
}

// None if they left for another reason: the failure became another one, or nothing needs them.
void report_recovered(std::size_t count, const std::set<std::optional<TenantId>>& failing,
                      LogLines& lines) {
  if (count == 0) return;
  std::vector<std::string> still;
  still.reserve(failing.size());
  for (const auto& tenant : failing) still.push_back(tenant_name(tenant));
  lines.add(LogLevel::Info, log_event::kTokenRecovered,
            "tokens can be obtained again for " + tenants(count) +
                (still.empty() ? "" : "; still none for " + joined(still)),
            {{log_key::kCount, std::to_string(count)}});
}

}  // namespace

void TokenLog::failed(const std::optional<TenantId>& tenant, const Failure& failure) {
  LogLines lines;
  {
    const MutexLock lock(mutex_);
    const auto group = groups_.try_emplace(kind_of(failure)).first;
    const auto known = failing_.find(tenant);
    if (known != failing_.end() && known->second == group) return;
    if (known != failing_.end()) leave(known->second, tenant, lines);
    failing_.insert_or_assign(tenant, group);
    group->second.tenants.insert(tenant);
    report(group->second, tenant, failure, lines);
  }
  log_.log_all(lines);
}

void TokenLog::report(Group& group, const std::optional<TenantId>& tenant, const Failure& failure,
                      LogLines& lines) {
  const std::size_t count = group.tenants.size();
  if (group.reported > 0) {
    group.recovered.erase(tenant);
    if (count < kMagnitude * group.reported) return;
    group.reported = count;
    lines.add(LogLevel::Warn, log_event::kTokenFailed,
              "no new token, by now for " + tenants(count) + ": " + failure.message,
              {{log_key::kCount, std::to_string(count)}});
    return;
  }
  if (count <= kFew) {
    lines.add(LogLevel::Warn, log_event::kTokenFailed,
              "no new token; a token that is still valid stays in use: " + failure.message,
              {{log_key::kTenant, id_text(tenant)},
               {log_key::kArmCode, failure.arm_code},
               {log_key::kRequestId, failure.trace.request_id},
               {log_key::kCorrelationId, failure.trace.correlation_id}});
    return;
  }
  group.reported = count;
  std::vector<std::string> examples;
  for (auto at = group.tenants.begin(); examples.size() < kFew; ++at)
    examples.push_back(tenant_name(*at));
  lines.add(LogLevel::Warn, log_event::kTokenFailed,
            "no new token for " + tenants(count) +
                " and maybe more (not logged one by one); tokens that are still valid stay in "
                "use: " +
                failure.message + ". For example " + joined(examples),
            {{log_key::kArmCode, failure.arm_code},
             {log_key::kRequestId, failure.trace.request_id},
             {log_key::kCorrelationId, failure.trace.correlation_id},
             {log_key::kCount, std::to_string(count)}});
}

void TokenLog::succeeded(const std::optional<TenantId>& tenant) {
  LogLines lines;
  {
    const MutexLock lock(mutex_);
    const auto known = failing_.find(tenant);
    if (known == failing_.end()) return;
    const auto group = known->second;
    failing_.erase(known);
    if (group->second.reported > 0) {
      group->second.recovered.insert(tenant);
    } else {
      lines.add(LogLevel::Info, log_event::kTokenRecovered, "a token was obtained again",
                {{log_key::kTenant, id_text(tenant)}});
    }
    leave(group, tenant, lines);
  }
  log_.log_all(lines);
}

// The few that remain of many are reported one by one from then on.
void TokenLog::leave(Groups::iterator group, const std::optional<TenantId>& tenant,
                     LogLines& lines) {
  Group& of = group->second;
  of.tenants.erase(tenant);
  const std::size_t left = of.tenants.size();
  if (of.reported > 0 && left <= kFew) {
    of.reported = 0;
    report_recovered(std::exchange(of.recovered, {}).size(), of.tenants, lines);
  }
  if (left == 0) groups_.erase(group);
}

void TokenLog::keep_only(const std::set<std::optional<TenantId>>& wanted) {
  LogLines lines;
  {
    const MutexLock lock(mutex_);
    for (auto known = failing_.begin(); known != failing_.end();) {
      if (wanted.contains(known->first)) {
        ++known;
        continue;
      }
      leave(known->second, known->first, lines);
      known = failing_.erase(known);
    }
  }
  log_.log_all(lines);
}

}  // namespace defenderd
