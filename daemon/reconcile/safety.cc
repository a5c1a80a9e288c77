#include "reconcile/safety.h"

#include <algorithm>
#include <string>

#include "reconcile/fingerprint.h"

namespace defenderd {
namespace {

constexpr std::array kBothKinds{BrakeKind::Disable, BrakeKind::Enable};

const Withholding* find(const std::vector<std::pair<Field, Withholding>>& verdicts,
                        const Field& field) {
  const auto found = std::find_if(verdicts.begin(), verdicts.end(),
                                  [&](const auto& verdict) { return verdict.first == field; });
  return found == verdicts.end() ? nullptr : &found->second;
}

}  // namespace

Safety::Safety(const Clock& clock, bool observe_only, SafetyRules rules, Hooks hooks)
    : clock_(clock),
      observe_only_(observe_only),
      hooks_(std::move(hooks)),
      rules_(std::move(rules)),
      brakes_{FleetBrake{BrakeState(BrakeKind::Disable, hooks_.hash)},
              FleetBrake{BrakeState(BrakeKind::Enable, hooks_.hash)}} {
  apply_rules();
}

void Safety::apply_rules() {
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
    news = settle();
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
      if (is_new || member.declaration != declaration) {
        member = {.declaration = declaration};
        if (const auto seen = last_seen ? last_seen(id) : std::nullopt) {
          want(id, wanted(subscription, *seen, diff(subscription, *seen), {}));
          member.observed = true;
        }
      }
      member.edit = edit_;
      to_come_ += member.attempted ? 0 : 1;
    }
    if (members_.size() > desired.subscriptions.size()) forget_departed();
    news = settle();
  }
  publish(news);
}

void Safety::forget_departed() {
  std::erase_if(members_, [&](const auto& item) REQUIRES(mutex_) {
    const auto& [id, member] = item;
    if (member.edit == edit_) return false;
    for (const BrakeKind kind : kBothKinds) counts(kind).leave(id);
    contests_.erase(id);
    return true;
  });
}

SafetyCheck Safety::check() {
  return [this](const DesiredSubscription& desired, const Pricing& observed,
                const std::vector<Drift>& drifts) {
    News news;
    Verdicts verdicts;
    {
      const MutexLock lock(mutex_);
      verdicts = judge(desired, observed, drifts, news);
    }
    publish(news);
    return [verdicts = std::move(verdicts)](const Drift& drift) -> std::optional<Withholding> {
      const Withholding* const found = find(verdicts, drift.field);
      return found == nullptr ? std::nullopt : std::optional(*found);
    };
  };
}

Safety::Verdicts Safety::judge(const DesiredSubscription& desired, const Pricing& observed,
                               const std::vector<Drift>& drifts, News& news) {
  Verdicts verdicts;
  const auto known = members_.find(desired.id);
  if (known == members_.end() || known->second.declaration != fingerprint(desired)) {
    const Withholding stale{Reason::FleetNotObserved,
                            "what is declared has changed while this subscription was looked at; "
                            "it is looked at again"};
    for (const Drift& drift : drifts) verdicts.emplace_back(drift.field, stale);
    return verdicts;
  }
  Member& member = known->second;
  verdicts = contested(desired.id, drifts);
  const std::vector<Drift> would_write = wanted(desired, observed, drifts, verdicts);
  want(desired.id, would_write);
  member.observed = true;
  mark_attempted(member);
  member.waits = false;  // it learns now
  news = settle();
  for (const BrakeKind kind : kBothKinds) {
    for (const Field& field : charged(kind, desired.id, would_write)) {
      const auto reason = brake(kind).state.withholds(desired.id, field);
      if (!reason) {
        if (counts(kind).let_through(desired.id, field)) ++before_write_;
        continue;
      }
      member.waits = true;
      verdicts.emplace_back(
          field,
          Withholding{*reason, *reason == Reason::FleetNotObserved
                                   ? "waits until every declared subscription was looked at, so "
                                     "that the whole fleet is judged together; " +
                                         std::to_string(to_come_) + " of " +
                                         std::to_string(members_.size()) + " are still to come"
                                   : brake(kind).state.message()});
    }
  }
  return verdicts;
}

Safety::Verdicts Safety::contested(SubscriptionId id, const std::vector<Drift>& drifts) {
  Verdicts verdicts;
  const auto found = contests_.find(id);
  if (found == contests_.end()) return verdicts;
  const SteadyTime now = clock_.steady_now();
  for (const Drift& drift : drifts) {
    const auto history = found->second.find({drift.field, drift.desired});
    if (history == found->second.end()) continue;
    history->second.drifted(now, rules_.contested);
    if (!history->second.contested()) continue;
    const Duration wait = history->second.next_correction() - now;
    if (wait <= Duration::zero()) continue;
    const WallTime next = clock_.wall_now() + std::chrono::duration_cast<WallTime::duration>(wait);
    verdicts.emplace_back(
        drift.field,
        Withholding{Reason::Contested, contested_message(drift, rules_.contested, next)});
  }
  return verdicts;
}

std::vector<Drift> Safety::wanted(const DesiredSubscription& desired, const Pricing& observed,
                                  const std::vector<Drift>& drifts,
                                  const Verdicts& withheld) const {
  Circumstances circumstances{clock_.wall_now(), observe_only_, {}};
  circumstances.safety = [&](const Drift& drift) {
    const Withholding* const found = find(withheld, drift.field);
    return found == nullptr ? std::nullopt : std::optional(*found);
  };
  std::vector<Drift> result;
  for (const Change& change : decide(desired, observed, drifts, circumstances)) {
    if (change.result == ChangeResult::Planned) result.push_back(change.drift);
  }
  return result;
}

void Safety::want(SubscriptionId id, const std::vector<Drift>& drifts) {
  for (const BrakeKind kind : kBothKinds) counts(kind).want(id, charged(kind, id, drifts));
}

// A contested field was counted when it was corrected before, and is now corrected once in a while
// for as long as something else writes it: it would use up the brake for ever.
std::vector<Field> Safety::charged(BrakeKind kind, SubscriptionId id,
                                   const std::vector<Drift>& drifts) const {
  std::vector<Field> fields = counted(kind, drifts);
  const auto found = contests_.find(id);
  if (found == contests_.end()) return fields;
  std::erase_if(fields, [&](const Field& field) {
    const auto history = found->second.find({field, kind == BrakeKind::Enable});
    return history != found->second.end() && history->second.contested();
  });
  return fields;
}

void Safety::mark_attempted(Member& member) {
  if (!std::exchange(member.attempted, true)) --to_come_;
}

Safety::News Safety::settle() {
  News news;
  bool moved = false;
  const SteadyTime now = clock_.steady_now();
  for (FleetBrake& brake : brakes_) {
    const BrakeState::Step step = brake.state.settle(to_come_ == 0, now, spent_);
    moved = moved || step.moved();
    if (!step.used_code.empty()) ++before_write_;
    if (auto notice = brake.announcer.announce(brake.state, step, spent_, now)) {
      news.notices.push_back(*std::move(notice));
    }
  }
  if (!moved) return news;
  for (auto& [id, member] : members_) {
    if (std::exchange(member.waits, false)) news.due.push_back(id);
  }
  return news;
}

void Safety::publish(const News& news) const {
  if (hooks_.tell) {
    for (const BrakeNotice& notice : news.notices) hooks_.tell(notice);
  }
  if (hooks_.make_due && !news.due.empty()) hooks_.make_due(news.due);
}

std::string Safety::confirm_code() const {
  const MutexLock lock(mutex_);
  for (const FleetBrake& brake : brakes_) {
    if (std::string code = brake.state.code(); !code.empty()) return code;
  }
  return {};
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
