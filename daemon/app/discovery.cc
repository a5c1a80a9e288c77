#include "app/discovery.h"

#include <algorithm>
#include <utility>

#include "core/reason.h"

namespace defenderd {
namespace {

// Between two looks that somebody asks for from outside: they are paid from the budget of the
// reads.
constexpr Duration kBetweenAsked = std::chrono::seconds(30);

Failure nothing_in_sight() {
  Failure failure;
  failure.reason = Reason::Forbidden;
  failure.next = NextTry::Slow;
  failure.message =
      "the identity sees no subscription any more: it has lost its role rather than all of them. "
      "Assign it the role again; what was found before stays in force";
  return failure;
}

std::string class_of(const Failure& failure) {
  return std::string(to_text(failure.reason)) + " " + std::to_string(failure.http_status) + " " +
         failure.arm_code;
}

}  // namespace

Discovery::Discovery(Clock& clock, Logger& log, CoverageBoard& board, Options options)
    : clock_(clock), log_(log), board_(board), options_(std::move(options)) {}

void Discovery::set_declared(DesiredState declared) {
  LogLines lines;
  {
    const std::scoped_lock lock(mutex_);
    forget_default_tenant(declared.scopes, options_.default_tenant);
    if (effective_) share_equals(declared.subscriptions, effective_->subscriptions);
    declared_ = std::move(declared);
    has_any_scope_ = !declared_.scopes.empty();
    const auto wanted = tenants_of(declared_, options_.default_tenant);
    std::erase_if(tenants_, [&](const auto& item) { return !wanted.contains(item.first); });
    due_ = due_ || !declared_.scopes.empty();
    resolve_and_declare(Cause::Edit);
    wake_.notify_all();
    lines = std::exchange(lines_, {});
  }
  log_.log_all(lines);
}

void Discovery::set_intervals(Duration with_scopes, Duration without) {
  const std::scoped_lock lock(mutex_);
  with_scopes_ = with_scopes;
  without_ = without;
}

void Discovery::look_soon() {
  const std::scoped_lock lock(mutex_);
  asked_ = true;
  wake_.notify_all();
}

SteadyTime Discovery::next_look() const {
  const std::scoped_lock lock(mutex_);
  return next_look_locked();
}

SteadyTime Discovery::next_look_locked() const {
  if (due_ || !looked_) return clock_.steady_now();
  const SteadyTime scheduled = *looked_ + (declared_.scopes.empty() ? without_ : with_scopes_);
  if (!asked_) return scheduled;
  return looked_when_asked_ ? std::min(scheduled, *looked_when_asked_ + kBetweenAsked)
                            : clock_.steady_now();
}

void Discovery::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    step(stop);
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      const SteadyTime next = next_look_locked();
      if (next <= clock_.steady_now()) break;
      wake_.wait_until(lock, stop, next, [&] { return next_look_locked() < next; });
    }
  }
}

void Discovery::step(const std::stop_token& stop) {
  std::map<std::optional<TenantId>, bool> wanted;  // and whether with management groups
  {
    const std::scoped_lock lock(mutex_);
    due_ = false;
    if (std::exchange(asked_, false)) looked_when_asked_ = clock_.steady_now();
    for (const auto& tenant : tenants_of(declared_, options_.default_tenant)) {
      wanted.emplace(tenant, needs_groups(tenant));
    }
  }
  std::map<std::optional<TenantId>, ArmResult<Discovered>> answers;
  for (const auto& [tenant, groups] : wanted) {
    answers.emplace(tenant, options_.look(tenant, groups, stop));
    if (stop.stop_requested()) return;  // cut off, and so tells nothing
  }
  LogLines lines;
  {
    const std::scoped_lock lock(mutex_);
    take(wanted, std::move(answers));
    lines = std::exchange(lines_, {});
  }
  log_.log_all(lines);
}

void Discovery::take(const std::map<std::optional<TenantId>, bool>& wanted,
                     std::map<std::optional<TenantId>, ArmResult<Discovered>>&& answers) {
  looked_ = clock_.steady_now();
  const auto still = tenants_of(declared_, options_.default_tenant);
  bool good = true;
  for (auto& [tenant, answer] : answers) {
    if (!still.contains(tenant)) continue;  // an edit came between
    take(tenant, wanted.at(tenant), std::move(answer));
    good = good && tenants_[tenant].error.empty();
  }
  last_good_ = good;
  if (good) last_success_ = clock_.wall_now();
  attempted_ = true;
  resolve_and_declare(Cause::Look);
}

bool Discovery::has_scopes(const std::optional<TenantId>& tenant) const {
  return std::any_of(declared_.scopes.begin(), declared_.scopes.end(),
                     [&](const Scope& scope) { return scope.declares.tenant == tenant; });
}

bool Discovery::needs_groups(const std::optional<TenantId>& tenant) const {
  return std::any_of(declared_.scopes.begin(), declared_.scopes.end(), [&](const Scope& scope) {
    return scope.declares.tenant == tenant && !scope.management_group.empty();
  });
}

void Discovery::take(const std::optional<TenantId>& id, bool groups, ArmResult<Discovered> answer) {
  Tenant& tenant = tenants_[id];
  if (!answer) return failed(id, answer.error());
  std::vector<DiscoveredSubscription>& found = answer->subscriptions;
  if (found.empty() && tenant.found && !tenant.found->empty()) {
    return failed(id, nothing_in_sight());
  }
  // Without the management groups what was known of them stays; where nothing was, the scopes that
  // need none can be served all the same.
  if (answer->groups_failed && tenant.has_groups) return failed(id, *answer->groups_failed);
  if (groups && tenant.found) {
    for (DiscoveredSubscription& one : found) {
      if (one.management_groups) continue;
      const auto known = std::lower_bound(
          tenant.found->begin(), tenant.found->end(), one.id,
          [](const DiscoveredSubscription& a, SubscriptionId b) { return a.id < b; });
      if (known != tenant.found->end() && known->id == one.id) {
        one.management_groups = known->management_groups;
      }
    }
  }
  tenant.found = std::move(found);
  tenant.has_groups = groups && !answer->groups_failed;
  if (answer->groups_failed) return failed(id, *answer->groups_failed);
  tenant.error.clear();
  if (std::exchange(tenant.told, {}).empty()) return;
  lines_.add(LogLevel::Info, log_event::kDiscoveryRecovered,
             "the subscriptions can be listed again", {{log_key::kTenant, id ? id->text() : ""}});
}

void Discovery::failed(const std::optional<TenantId>& id, const Failure& failure) {
  Tenant& tenant = tenants_[id];
  tenant.error = failure.message;
  const std::string now = class_of(failure);
  if (std::exchange(tenant.told, now) == now) return;
  const bool matters = has_scopes(id);
  std::string message = failure.message;
  if (!matters) {
    message += "; subscriptions that nothing declares cannot be told, all else goes on";
  } else if (!tenant.found) {
    message += "; scopes cover nothing until this is mended";
  } else if (!tenant.has_groups && needs_groups(id)) {
    message += "; scopes with a managementGroup cover nothing until this is mended, the others do";
  } else {
    message += "; what was found before stays in force";
  }
  lines_.add(
      matters ? LogLevel::Warn : LogLevel::Info, log_event::kDiscoveryFailed, message,
      {{log_key::kTenant, id ? id->text() : ""},
       {log_key::kReason, to_text(failure.reason)},
       {log_key::kHttpStatus, failure.http_status == 0 ? "" : std::to_string(failure.http_status)},
       {log_key::kArmCode, failure.arm_code},
       {log_key::kRequestId, failure.trace.request_id},
       {log_key::kCorrelationId, failure.trace.correlation_id},
       {log_key::kClientRequestId, failure.trace.client_request_id}});
}

void Discovery::resolve_and_declare(Cause cause) {
  std::vector<DiscoveredSubscription> all;
  for (const auto& [id, tenant] : tenants_) {
    if (tenant.found) all.insert(all.end(), tenant.found->begin(), tenant.found->end());
  }
  Resolution resolution = resolve(declared_, all);
  const std::size_t before = covered_.size();
  note_departures(resolution, cause);
  tell_conflicts(resolution.conflicts);
  show(resolution);
  if (resolution.covered != before) {
    const std::string count = std::to_string(resolution.covered);
    lines_.add(
        LogLevel::Info, log_event::kScopesCover,
        "scopes cover " + count + (resolution.covered == 1 ? " subscription" : " subscriptions"),
        {{log_key::kCount, count}});
  }
  // The entries share theirs already.
  if (effective_ && resolution.covered > 0)
    share_equals(resolution.effective.subscriptions, effective_->subscriptions);
  if (effective_ && *effective_ == resolution.effective) return;
  effective_ = std::move(resolution.effective);
  options_.declare(*effective_);
}

}  // namespace defenderd
