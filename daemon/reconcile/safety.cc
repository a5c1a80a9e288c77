#include "reconcile/safety.h"

#include <string>
#include <string_view>
#include <utility>

#include "core/decide.h"
#include "reconcile/change_results.h"
#include "reconcile/fingerprint.h"

namespace defenderd {
Safety::Safety(const Clock& clock, WritePermit permit, SafetyRules rules, Hooks hooks)
    : clock_(clock),
      permit_(permit),
      unpaused_(permit.only_observes() ? WritePermit::observing() : WritePermit()),
      hooks_(std::move(hooks)),
      rules_(std::move(rules)),
      brakes_(hooks_.hash),
      rollout_(hooks_.hash) {
  apply_rules();
}

void Safety::apply_rules() {
  contests_.set_rule(rules_.contested);
  rollout_.set_rule(rules_.rollout);
  brakes_.set_rules({rules_.max_disables_per_sweep, rules_.max_enables_per_sweep,
                     rules_.brake_window, rules_.confirm});
}

void Safety::set_rules(SafetyRules rules) {
  News news;
  {
    const MutexLock lock(mutex_);
    rules_ = std::move(rules);
    apply_rules();
    evaluate(news);
  }
  publish(news);
}

void Safety::set_desired(const DesiredState& desired, const LastSeen& last_seen) {
  News news;
  {
    const MutexLock lock(mutex_);
    end_suspensions(news);
    ++edit_;
    members_.reserve(desired.subscriptions.size());
    to_come_ = 0;
    for (const Declaration& declared : desired.subscriptions) {
      const DesiredSubscription& subscription = *declared;
      const SubscriptionId id = subscription.id;
      const std::uint64_t declaration = fingerprint(subscription);
      const auto [found, is_new] = members_.try_emplace(id);
      Member& member = found->second;
      const bool changed = is_new || member.declaration != declaration;
      if (changed) {
        member = {.declaration = declaration};
        if (const auto seen = last_seen ? last_seen(id) : std::nullopt) {
          const std::vector<Drift> drifts = diff(subscription, *seen);
          brakes_.want(id, charges(id, writable(unpaused_, subscription, *seen, drifts, {})));
          member.observed = true;
        }
      }
      rollout_.declare(declared, declaration, clock_.wall_now());
      member.edit = edit_;
      to_come_ += member.attempted ? 0 : 1;
    }
    if (members_.size() > desired.subscriptions.size()) forget_departed();
    note_suspensions(desired);
    evaluate(news);
  }
  publish(news);
}

void Safety::forget_departed() {
  for (auto item = members_.begin(); item != members_.end();) {
    const SubscriptionId id = item->first;
    if (item->second.edit == edit_) {
      ++item;
      continue;
    }
    brakes_.leave(id);
    rollout_.leave(id);
    item = members_.erase(item);
  }
  forget_contests();
}

void Safety::forget_contests() {
  const auto is_declared = [this](SubscriptionId id)
                               REQUIRES(mutex_) { return members_.contains(id); };
  contests_.forget_departed(is_declared, clock_.steady_now());
}

SafetyCheck Safety::check() {
  return [this](const DesiredSubscription& desired, const Pricing& observed,
                const std::vector<Drift>& drifts) {
    News news;
    SafetyVerdict verdict;
    {
      const MutexLock lock(mutex_);
      verdict = judge(desired, observed, drifts, news);
    }
    publish(news);
    return verdict;
  };
}

bool Safety::is_in_force(const DesiredSubscription& desired) const {
  const MutexLock lock(mutex_);
  const auto known = members_.find(desired.id);
  return known != members_.end() && known->second.declaration == fingerprint(desired);
}

// First registers what this subscription would write if it were not frozen, then asks the brakes
// about it. A contested field that must wait is not written now, so it does not count. The roll-out
// is asked about what the brakes let through; only what it lets through, too, counts as in flight.
SafetyVerdict Safety::judge(const DesiredSubscription& desired, const Pricing& observed,
                            const std::vector<Drift>& drifts, News& news) {
  const auto known = members_.find(desired.id);
  if (known == members_.end() || known->second.declaration != fingerprint(desired)) {
    SafetyVerdict stale;
    for (const Drift& drift : drifts)
      stale.withhold(drift.field, {Reason::FleetNotObserved, std::string(kStale)});
    return stale;
  }
  end_suspensions(news);
  Member& member = known->second;
  SafetyVerdict verdict = contests_.judge(desired, drifts, now(), hooks_.last_writer);
  const std::vector<Drift> wanted = writable(unpaused_, desired, observed, drifts, verdict);
  const FleetBrakes::Charges charged = charges(desired.id, wanted);
  brakes_.want(desired.id, charged);
  member.observed = true;
  mark_attempted(member);
  member.waits = false;  // it gets its verdict now
  evaluate(news);
  member.waits = brakes_.withhold(desired.id, charged, waiting_message(), verdict);
  rollout_.note_difference(desired, !wanted.empty(), clock_.wall_now());
  const std::vector<Drift> passing = writable(permit_, desired, observed, drifts, verdict);
  if (!passing.empty()) {
    if (const auto why = rollout_.judge(desired.id, clock_.steady_now())) {
      for (const Drift& drift : passing) verdict.withhold(drift.field, *why);
    }
  }
  brakes_.allow(desired.id, charges(desired.id, passing), verdict);
  return verdict;
}

std::vector<Drift> Safety::writable(const WritePermit& permit, const DesiredSubscription& desired,
                                    const Pricing& observed, const std::vector<Drift>& drifts,
                                    const SafetyVerdict& verdict) const {
  const Circumstances circumstances{clock_.wall_now(), permit, &verdict};
  return planned(decide(desired, observed, drifts, circumstances));
}

// A contested field was counted at its earlier corrections, and is corrected now and then while
// something else writes it: counted each time, it would use up the brake.
FleetBrakes::Charges Safety::charges(SubscriptionId id, const std::vector<Drift>& drifts) const {
  FleetBrakes::Charges charges;
  if (drifts.empty()) return charges;
  for (const BrakeKind kind : {BrakeKind::Disable, BrakeKind::Enable}) {
    const bool enables = kind == BrakeKind::Enable;
    if (enables && !rules_.enables_count_drift && rollout_.has_reached(id)) continue;
    std::vector<Field>& fields = charges.at(static_cast<std::size_t>(kind));
    fields = counted(kind, drifts);
    std::erase_if(fields, [&](const Field& field) REQUIRES(mutex_) {
      return contests_.is_contested(id, field, enables);
    });
  }
  return charges;
}

void Safety::evaluate(News& news) {
  end_suspensions(news);
  end_wait_for_scopes(news);
  FleetBrakes::Step brakes = brakes_.evaluate(fleet_is_known(), clock_.steady_now(), spent_);
  for (BrakeNotice& notice : brakes.notices) news.notices.push_back(std::move(notice));
  if (brakes.moved) {
    for (auto& [id, member] : members_) {
      if (std::exchange(member.waits, false)) news.due.push_back(id);
    }
  }
  FleetRollout::Step rollout = rollout_.evaluate(
      {clock_.steady_now(), fleet_is_known(), awaits_scopes(), rules_.confirm}, spent_);
  news.due.insert(news.due.end(), rollout.due.begin(), rollout.due.end());
  for (BrakeNotice& notice : rollout.notices) news.notices.push_back(std::move(notice));
}

void Safety::publish(const News& news) const {
  if (hooks_.report) {
    for (const BrakeNotice& notice : news.notices) hooks_.report(notice);
  }
  if (hooks_.make_due && !news.due.empty()) hooks_.make_due(news.due);
}

std::string Safety::confirm_code() const {
  const MutexLock lock(mutex_);
  std::string code = brakes_.code();
  return code.empty() ? rollout_.code() : code;
}

std::size_t Safety::held(BrakeKind kind) const {
  const MutexLock lock(mutex_);
  return brakes_.held(kind);
}

bool Safety::rollout_is_stopped() const {
  const MutexLock lock(mutex_);
  return rollout_.is_stopped();
}

Safety::RolloutStatus Safety::rollout() const {
  const MutexLock lock(mutex_);
  return rollout_.status();
}

bool Safety::is_spent(std::string_view code) const {
  const MutexLock lock(mutex_);
  return spent_.contains(code);
}

SafetyMemory Safety::memory() const {
  const MutexLock lock(mutex_);
  const Moment moment = now();
  return {brakes_.memory(moment), spent_.oldest_first(), spent_.withdrawn(),
          contests_.memory(moment), rollout_.memory(fleet_is_known(), moment)};
}

void Safety::recall(const SafetyMemory& memory, WallTime saved) {
  const MutexLock lock(mutex_);
  const Moment moment = now();
  brakes_.recall(memory.brakes, saved, moment);
  for (const std::string& code : memory.withdrawn_codes) spent_.withdraw(code);
  for (const std::string& code : memory.spent_codes) spent_.add(code);
  contests_.recall(memory.contests, saved, moment);
  rollout_.recall(memory.rollout, moment);
}

Safety::Revision Safety::revision() const {
  const MutexLock lock(mutex_);
  return {
      .any = brakes_.revision() + contests_.revision() + rollout_.revision() + spent_.revision(),
      .before_write = brakes_.before_write() + rollout_.before_write(),
      .ages = contests_.ages()};
}

}  // namespace defenderd
