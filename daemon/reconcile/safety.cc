#include "reconcile/safety.h"

#include <string>
#include <string_view>
#include <utility>

#include "core/decide.h"
#include "reconcile/change_results.h"
#include "reconcile/fingerprint.h"

namespace defenderd {
namespace {

constexpr std::array kBothKinds{BrakeKind::Disable, BrakeKind::Enable};

}  // namespace

Safety::Safety(const Clock& clock, WritePermit permit, SafetyRules rules, Hooks hooks)
    : clock_(clock),
      permit_(permit),
      hooks_(std::move(hooks)),
      rules_(std::move(rules)),
      brakes_{FleetBrake{BrakeState(BrakeKind::Disable, hooks_.hash)},
              FleetBrake{BrakeState(BrakeKind::Enable, hooks_.hash)}} {
  apply_rules();
}

void Safety::apply_rules() {
  contests_.set_rule(rules_.contested);
  rollout_.set_rule(rules_.rollout);
  const Duration window = rules_.brake_window;
  brake(BrakeKind::Disable).state.set_rule({rules_.max_disables_per_sweep, window});
  brake(BrakeKind::Enable).state.set_rule({rules_.max_enables_per_sweep, window});
  for (FleetBrake& brake : brakes_) {
    if (brake.state.confirmed() == rules_.confirm) continue;
    brake.state.set_confirmed(rules_.confirm);
    brake.announcer.confirmed_code_changed();
  }
}

void Safety::set_rules(SafetyRules rules) {
  News news;
  {
    const MutexLock lock(mutex_);
    rules_ = std::move(rules);
    apply_rules();
    news = evaluate_brakes();
  }
  publish(news);
}

void Safety::set_desired(const DesiredState& desired, const LastSeen& last_seen) {
  News news;
  {
    const MutexLock lock(mutex_);
    ++edit_;
    members_.reserve(desired.subscriptions.size());
    to_come_ = 0;
    for (const DesiredSubscription& subscription : desired.subscriptions) {
      const SubscriptionId id = subscription.id;
      const std::uint64_t declaration = fingerprint(subscription);
      const auto [found, is_new] = members_.try_emplace(id);
      Member& member = found->second;
      const bool changed = is_new || member.declaration != declaration;
      if (changed) {
        member = {.declaration = declaration, .rollout = member.rollout};
        if (const auto seen = last_seen ? last_seen(id) : std::nullopt) {
          want(id, wanted(subscription, *seen, diff(subscription, *seen), {}));
          member.observed = true;
        }
      }
      declare_in_rollout(subscription, member, changed);
      member.edit = edit_;
      to_come_ += member.attempted ? 0 : 1;
    }
    if (members_.size() > desired.subscriptions.size()) forget_departed();
    news = evaluate_brakes();
  }
  publish(news);
}

void Safety::forget_departed() {
  for (auto item = members_.begin(); item != members_.end();) {
    auto& [id, member] = *item;
    if (member.edit == edit_) {
      ++item;
      continue;
    }
    for (const BrakeKind kind : kBothKinds) counts(kind).leave(id);
    contests_.leave(id);
    rollout_.leave(id, member.rollout);
    item = members_.erase(item);
  }
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

// First registers what this subscription would write, then asks the brakes about it. A contested
// field that must wait is not written now, so it does not count.
bool Safety::is_in_force(const DesiredSubscription& desired) const {
  const MutexLock lock(mutex_);
  const auto known = members_.find(desired.id);
  return known != members_.end() && known->second.declaration == fingerprint(desired);
}

SafetyVerdict Safety::judge(const DesiredSubscription& desired, const Pricing& observed,
                            const std::vector<Drift>& drifts, News& news) {
  const auto known = members_.find(desired.id);
  if (known == members_.end() || known->second.declaration != fingerprint(desired)) {
    SafetyVerdict stale;
    for (const Drift& drift : drifts)
      stale.withhold(drift.field, {Reason::FleetNotObserved, std::string(kStale)});
    return stale;
  }
  Member& member = known->second;
  SafetyVerdict verdict = contests_.judge(desired.id, drifts, now(), hooks_.last_writer);
  const std::vector<Drift> would_write = wanted(desired, observed, drifts, verdict);
  want(desired.id, would_write);
  member.observed = true;
  mark_attempted(member);
  member.waits = false;  // it gets its verdict now
  news = evaluate_brakes();
  member.waits = ask_brakes(desired.id, would_write, verdict);
  note_difference(desired, member, !would_write.empty());
  const std::vector<Drift> passing = wanted(desired, observed, drifts, verdict);
  if (!passing.empty()) ask_rollout(desired.id, member, passing, verdict);
  allow_rest(desired.id, would_write, verdict);
  return verdict;
}

bool Safety::ask_brakes(SubscriptionId id, const std::vector<Drift>& would_write,
                        SafetyVerdict& verdict) const {
  bool waits = false;
  for (const BrakeKind kind : kBothKinds) {
    const BrakeState& state = brakes_[static_cast<std::size_t>(kind)].state;
    for (const Field& field : charged(kind, id, would_write)) {
      const auto reason = state.withholds(id, field);
      if (!reason) continue;
      waits = true;
      verdict.withhold(field, {*reason, *reason == Reason::FleetNotObserved ? waiting_message()
                                                                            : state.message()});
    }
  }
  return waits;
}

// Allowed changes count as in flight from now on.
void Safety::allow_rest(SubscriptionId id, const std::vector<Drift>& would_write,
                        SafetyVerdict& verdict) {
  for (const BrakeKind kind : kBothKinds) {
    for (const Field& field : charged(kind, id, would_write)) {
      if (verdict.on(field) != nullptr) continue;
      if (std::string code = counts(kind).confirmed_by(id, field); !code.empty())
        verdict.confirm(field, std::move(code));
      if (counts(kind).allow(id, field)) ++before_write_;
    }
  }
}

std::string Safety::waiting_message() const {
  return "waits until every declared subscription has been observed, because the brake counts the "
         "whole fleet; " +
         std::to_string(to_come_) + " of " + std::to_string(members_.size()) +
         " are not observed yet";
}

std::vector<Drift> Safety::wanted(const DesiredSubscription& desired, const Pricing& observed,
                                  const std::vector<Drift>& drifts,
                                  const SafetyVerdict& verdict) const {
  const Circumstances circumstances{clock_.wall_now(), permit_, &verdict};
  return planned(decide(desired, observed, drifts, circumstances));
}

void Safety::want(SubscriptionId id, const std::vector<Drift>& drifts) {
  for (const BrakeKind kind : kBothKinds) counts(kind).want(id, charged(kind, id, drifts));
}

// A contested field was counted at its earlier corrections, and is corrected now and then while
// something else writes it: counted each time, it would use up the brake.
std::vector<Field> Safety::charged(BrakeKind kind, SubscriptionId id,
                                   const std::vector<Drift>& drifts) const {
  if (kind == BrakeKind::Enable && !rules_.enables_count_drift) {
    const auto known = members_.find(id);
    if (known != members_.end() && known->second.rollout.reached) return {};
  }
  std::vector<Field> fields = counted(kind, drifts);
  std::erase_if(fields, [&](const Field& field) REQUIRES(mutex_) {
    return contests_.is_contested(id, field, kind == BrakeKind::Enable);
  });
  return fields;
}

void Safety::mark_attempted(Member& member) {
  if (!std::exchange(member.attempted, true)) --to_come_;
}

Safety::News Safety::evaluate_brakes() {
  News news;
  bool moved = false;
  const SteadyTime now = clock_.steady_now();
  for (FleetBrake& brake : brakes_) {
    const BrakeState::Step step = brake.state.evaluate(to_come_ == 0, now, spent_);
    moved = moved || step.moved();
    if (!step.used_code.empty()) ++before_write_;
    if (auto notice = brake.announcer.announce(brake.state, step, spent_, now)) {
      news.notices.push_back(*std::move(notice));
    }
  }
  if (moved) {
    for (auto& [id, member] : members_) {
      if (std::exchange(member.waits, false)) news.due.push_back(id);
    }
  }
  evaluate_rollout(news);
  return news;
}

void Safety::publish(const News& news) const {
  if (hooks_.report) {
    for (const BrakeNotice& notice : news.notices) hooks_.report(notice);
  }
  if (hooks_.make_due && !news.due.empty()) hooks_.make_due(news.due);
}

std::string Safety::confirm_code() const {
  const MutexLock lock(mutex_);
  for (const FleetBrake& brake : brakes_) {
    if (std::string code = brake.state.code(); !code.empty()) return code;
  }
  return rollout_.code();
}

std::size_t Safety::held(BrakeKind kind) const {
  const MutexLock lock(mutex_);
  return brakes_[static_cast<std::size_t>(kind)].state.held();
}

bool Safety::is_spent(std::string_view code) const {
  const MutexLock lock(mutex_);
  return spent_.contains(code);
}

}  // namespace defenderd
