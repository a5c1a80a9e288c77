#include "reconcile/scope_follower.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "core/timing.h"
#include "reconcile/guarded_call.h"

namespace defenderd {
namespace {

// Between two listings that outside callers request: they use the budget for reads.
constexpr Duration kBetweenAsked = std::chrono::seconds(30);
// After the first failed listing, while nothing is known that the scopes could be resolved with.
constexpr Duration kFirstRetry = std::chrono::seconds(5);

// Subscriptions whose management groups are missing this time keep the known ones.
void keep_groups(std::vector<DiscoveredSubscription>& fresh,
                 const std::vector<DiscoveredSubscription>& last) {
  for (DiscoveredSubscription& subscription : fresh) {
    if (subscription.management_groups) continue;
    const auto known = std::lower_bound(
        last.begin(), last.end(), subscription.id,
        [](const DiscoveredSubscription& a, SubscriptionId b) { return a.id < b; });
    if (known != last.end() && known->id == subscription.id)
      subscription.management_groups = known->management_groups;
  }
}

bool has_scopes(const DesiredState& declared, const std::optional<TenantId>& tenant) {
  return std::any_of(declared.scopes.begin(), declared.scopes.end(),
                     [&](const Scope& scope) { return scope.declares.tenant == tenant; });
}

bool needs_groups(const DesiredState& declared, const std::optional<TenantId>& tenant) {
  return std::any_of(declared.scopes.begin(), declared.scopes.end(), [&](const Scope& scope) {
    return scope.declares.tenant == tenant && !scope.management_group.empty();
  });
}

}  // namespace

ScopeFollower::ScopeFollower(SubscriptionSource& source, Clock& clock,
                             std::optional<TenantId> default_tenant, Listener listener)
    : source_(source),
      clock_(clock),
      default_tenant_(default_tenant),
      listener_(std::move(listener)),
      alarm_(clock) {}

void ScopeFollower::set_declared(DesiredState declared) {
  const MutexLock declaring(declaring_);
  forget_default_tenant(declared.scopes, default_tenant_);
  if (effective_) share_equals(declared.subscriptions, effective_->subscriptions);
  removals_.edited(declared_, declared, now());
  declared_ = std::move(declared);
  has_scopes_ = !declared_.scopes.empty();
  is_declared_ = true;
  const auto wanted = tenants_of(declared_, default_tenant_);
  std::erase_if(tenants_, [&](const auto& item) { return !wanted.contains(item.first); });
  {
    const MutexLock lock(mutex_);
    due_ = due_ || has_scopes_;
  }
  alarm_.wake();
  resolve_and_declare(Cause::Edit);
}

void ScopeFollower::set_intervals(Duration with_scopes, Duration without) {
  {
    const MutexLock lock(mutex_);
    with_scopes_ = with_scopes;
    without_ = without;
  }
  alarm_.wake();
}

void ScopeFollower::list_soon() {
  {
    const MutexLock lock(mutex_);
    asked_ = true;
  }
  alarm_.wake();
}

SteadyTime ScopeFollower::next_listing() const {
  const MutexLock lock(mutex_);
  if (due_ || !listed_) return clock_.steady_now();
  const Duration interval = has_scopes_ ? with_scopes_ : without_;
  Duration wait = interval;
  if (failed_first_ > 0)
    wait = std::min(wait, std::max(back_off(failed_first_, kFirstRetry, interval, 0), asked_wait_));
  const SteadyTime scheduled = *listed_ + wait;
  if (!asked_) return scheduled;
  return listed_when_asked_ ? std::min(scheduled, *listed_when_asked_ + kBetweenAsked)
                            : clock_.steady_now();
}

void ScopeFollower::run(const std::stop_token& stop) {
  while (!is_declared_ && !stop.stop_requested()) alarm_.wait_until(SteadyTime::max(), stop);
  while (!stop.stop_requested()) {
    if (!guarded("resolving the scopes", listener_.threw, [&] { step(stop); }))
      clock_.sleep_until(clock_.steady_now() + kPauseAfterThrow, stop);
    SteadyTime next = next_listing();
    while (!stop.stop_requested() && clock_.steady_now() < next) {
      alarm_.wait_until(std::min(next, removals_.next_end()), stop);
      if (!guarded("applying the scopes", listener_.threw, [&] { end_removals(); })) break;
      next = next_listing();
    }
  }
}

void ScopeFollower::end_removals() {
  if (clock_.steady_now() < removals_.next_end()) return;
  const MutexLock declaring(declaring_);
  resolve_and_declare(Cause::Edit);
}

// A listing that `stop` cut off says nothing.
void ScopeFollower::step(const std::stop_token& stop) {
  const Wanted wanted = begin();
  Answers answers;
  for (const auto& [tenant, groups] : wanted) {
    answers.emplace(tenant, list(tenant, groups, stop));
    if (stop.stop_requested()) return;
  }
  {
    const MutexLock declaring(declaring_);
    take(wanted, std::move(answers));
    resolve_and_declare(Cause::Listing);
    attempted_ = true;
  }
  notify(listener_.listing_ended, "reporting that the scopes are resolved", listener_.threw);
}

ScopeFollower::Wanted ScopeFollower::begin() {
  const MutexLock declaring(declaring_);
  {
    const MutexLock lock(mutex_);
    due_ = false;
    if (std::exchange(asked_, false)) listed_when_asked_ = clock_.steady_now();
  }
  Wanted wanted;
  for (const auto& tenant : tenants_of(declared_, default_tenant_))
    wanted.emplace(tenant, needs_groups(declared_, tenant));
  return wanted;
}

ArmResult<Discovered> ScopeFollower::list(const std::optional<TenantId>& tenant, bool groups,
                                          const std::stop_token& stop) {
  return guarded_call("listing subscriptions", listener_.threw,
                      [&] { return source_.list(tenant, groups, stop); });
}

// Tenants that an edit removed during the listing are ignored.
void ScopeFollower::take(const Wanted& wanted, Answers&& answers) {
  const auto still_wanted = tenants_of(declared_, default_tenant_);
  bool good = true;
  bool waits_for_first = false;
  Duration asked_wait{0};
  for (auto& [id, answer] : answers) {
    if (!still_wanted.contains(id)) continue;
    Tenant& tenant = tenants_[id];
    tenant.failure = take(tenant, wanted.at(id), std::move(answer));
    good = good && !tenant.failure;
    const bool known = tenant.found && (tenant.groups_known || !wanted.at(id));
    if (known || !tenant.failure || tenant.failure->next == NextTry::Slow) continue;
    if (!has_scopes(declared_, id)) continue;
    waits_for_first = true;
    asked_wait = std::max(asked_wait, tenant.failure->server_wait.value_or(Duration::zero()));
  }
  {
    const MutexLock lock(mutex_);
    listed_ = clock_.steady_now();
    failed_first_ = waits_for_first ? failed_first_ + 1 : 0;
    asked_wait_ = asked_wait;
  }
  last_good_ = good;
  if (good) last_success_ = clock_.wall_now();
}

// If the management groups are missing, the known ones stay. If none are known yet, scopes that
// need none are still resolved.
std::optional<Failure> ScopeFollower::take(Tenant& tenant, bool groups,
                                           ArmResult<Discovered>&& answer) {
  if (!answer) return std::move(answer.error());
  if (answer->subscriptions.empty() && tenant.found && !tenant.found->empty())
    return visibility_lost();
  if (answer->groups_failed && tenant.groups_known) return std::move(answer->groups_failed);
  if (groups && tenant.found) keep_groups(answer->subscriptions, *tenant.found);
  tenant.found = std::move(answer->subscriptions);
  tenant.groups_known = groups && !answer->groups_failed;
  return std::move(answer->groups_failed);
}

void ScopeFollower::resolve_and_declare(Cause cause) {
  std::vector<DiscoveredSubscription> all;
  for (const auto& [id, tenant] : tenants_) {
    if (tenant.found) all.insert(all.end(), tenant.found->begin(), tenant.found->end());
  }
  if (cause == Cause::Listing)
    notify(listener_.listed, "reporting what is visible", listener_.threw, all);
  Resolution resolution = resolve(declared_, all);
  removals_.forget_over(clock_.steady_now());
  removals_.suspend(resolution.effective.subscriptions, declared_.subscriptions.size());
  std::vector<Declaration> departed = update_covered(resolution.effective);
  if (cause == Cause::Edit) departed.clear();  // an edit is intended
  const ScopeNews news = news_of(std::move(departed));
  judge(all);
  notify(listener_.resolved, "reporting what the scopes cover", listener_.threw, resolution, news);
  // The entries are shared already.
  if (effective_ && resolution.covered > 0)
    share_equals(resolution.effective.subscriptions, effective_->subscriptions);
  if (!effective_ || *effective_ != resolution.effective) {
    // Not guarded: what could not be declared is not in effect. The next listing declares it again.
    effective_.reset();
    if (listener_.declare) listener_.declare(resolution.effective);
    effective_ = std::move(resolution.effective);
  }
  notify(listener_.in_effect, "reporting that the scopes are in effect", listener_.threw);
}

void ScopeFollower::judge(const std::vector<DiscoveredSubscription>& visible) {
  std::vector<OpenScope> scopes = open_scopes();
  const bool complete = scopes.empty();
  std::optional<OpenScopes> open;
  if (!complete) open.emplace(std::move(scopes), visible);
  {
    const MutexLock lock(open_mutex_);
    open_.swap(open);
  }
  complete_ = complete;
}

std::vector<OpenScope> ScopeFollower::open_scopes() const {
  std::vector<OpenScope> open;
  for (const Scope& scope : declared_.scopes) {
    const std::optional<TenantId>& id = scope.declares.tenant;
    const auto tenant = tenants_.find(id);
    const bool listed = tenant != tenants_.end() && tenant->second.found;
    if (listed && (tenant->second.groups_known || scope.management_group.empty())) continue;
    open.push_back({scope, id ? id : default_tenant_, listed});
  }
  return open;
}

bool ScopeFollower::may_cover(SubscriptionId id) const {
  if (complete()) return false;
  const MutexLock lock(open_mutex_);
  return open_ ? open_->may_cover(id) : true;
}

// Returns what only scopes covered and nothing declares any longer.
std::vector<Declaration> ScopeFollower::update_covered(const DesiredState& effective) {
  const auto& subscriptions = effective.subscriptions;
  std::map<SubscriptionId, Declaration> covered;
  for (std::size_t i = declared_.subscriptions.size(); i < subscriptions.size(); ++i)
    covered.emplace(subscriptions[i]->id, subscriptions[i]);
  std::vector<Declaration> departed;
  if (!covered_.empty()) {
    std::unordered_set<SubscriptionId> declared;
    for (const Declaration& subscription : subscriptions) declared.insert(subscription->id);
    for (const auto& [id, declaration] : covered_)
      if (!declared.contains(id)) departed.push_back(declaration);
  }
  covered_ = std::move(covered);
  return departed;
}

ScopeNews ScopeFollower::news_of(std::vector<Declaration> departed) const {
  ScopeNews news;
  news.scopes = declared_.scopes.size();
  for (const auto& [id, tenant] : tenants_) {
    news.tenants.push_back({.tenant = id,
                            .has_scopes = has_scopes(declared_, id),
                            .needs_groups = needs_groups(declared_, id),
                            .known = tenant.found.has_value(),
                            .groups_known = tenant.groups_known,
                            .failure = tenant.failure});
  }
  news.departed = std::move(departed);
  news.last_good = last_good_;
  news.last_success = last_success_;
  return news;
}

}  // namespace defenderd
