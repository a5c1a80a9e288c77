#include "reconcile/fleet_brakes.h"

#include <utility>

namespace defenderd {
namespace {

constexpr std::size_t kKinds = 2;

std::size_t at(BrakeKind kind) { return static_cast<std::size_t>(kind); }

}  // namespace

FleetBrakes::FleetBrakes(const BrakeState::Hash& hash)
    : brakes_{FleetBrake{BrakeState(BrakeKind::Disable, hash)},
              FleetBrake{BrakeState(BrakeKind::Enable, hash)}} {}

void FleetBrakes::set_rules(const Rules& rules) {
  brakes_[at(BrakeKind::Disable)].state.set_rule({rules.max_disables, rules.window});
  brakes_[at(BrakeKind::Enable)].state.set_rule({rules.max_enables, rules.window});
  for (FleetBrake& brake : brakes_) {
    if (brake.state.confirmed() == rules.confirm) continue;
    brake.state.set_confirmed(rules.confirm);
    brake.announcer.confirmed_code_changed();
  }
}

void FleetBrakes::want(SubscriptionId id, const Charges& charges) {
  for (std::size_t kind = 0; kind < kKinds; ++kind)
    brakes_[kind].state.counts().want(id, charges[kind]);
}

void FleetBrakes::may_want(const DesiredSubscription& desired, SteadyTime now) {
  for (const BrakeKind kind : {BrakeKind::Disable, BrakeKind::Enable})
    brakes_[at(kind)].state.counts().may_want(desired.id, possible(kind, desired), now);
}

void FleetBrakes::leave(SubscriptionId id) {
  for (FleetBrake& brake : brakes_) brake.state.counts().leave(id);
}

bool FleetBrakes::withhold(SubscriptionId id, const Charges& charges,
                           const std::string& unknown_fleet, SafetyVerdict& verdict) const {
  bool waits = false;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    const BrakeState& state = brakes_[kind].state;
    for (const Field& field : charges[kind]) {
      const auto reason = state.withholds(id, field);
      if (!reason) continue;
      waits = true;
      verdict.withhold(
          field,
          {*reason, *reason == Reason::FleetNotObserved ? unknown_fleet : state.lasting_message()});
    }
  }
  return waits;
}

void FleetBrakes::allow(SubscriptionId id, const Charges& charges, SafetyVerdict& verdict) {
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    Brake& counts = brakes_[kind].state.counts();
    for (const Field& field : charges[kind]) {
      if (verdict.on(field) != nullptr) continue;
      if (std::string code = counts.confirmed_by(id, field); !code.empty())
        verdict.confirm(field, std::move(code));
      if (counts.allow(id, field)) ++before_write_;
    }
  }
}

void FleetBrakes::finished(SubscriptionId id, const Charges& switched, const Charges& perhaps,
                           SteadyTime now) {
  for (std::size_t kind = 0; kind < kKinds; ++kind)
    brakes_[kind].state.counts().finished(id, switched[kind], perhaps[kind], now);
}

void FleetBrakes::lost(SubscriptionId id, SteadyTime now) {
  for (FleetBrake& brake : brakes_) brake.state.counts().lost(id, now);
}

FleetBrakes::Step FleetBrakes::evaluate(bool fleet_is_known, SteadyTime now, SpentCodes& spent) {
  Step result;
  for (FleetBrake& brake : brakes_) {
    const BrakeState::Step step = brake.state.evaluate(fleet_is_known, now, spent);
    result.moved = result.moved || step.moved();
    if (!step.used_code.empty()) ++before_write_;
    if (auto notice = brake.announcer.announce(brake.state, step, spent, now))
      result.notices.push_back(*std::move(notice));
  }
  return result;
}

std::string FleetBrakes::code() const {
  for (const FleetBrake& brake : brakes_) {
    if (std::string code = brake.state.code(); !code.empty()) return code;
  }
  return "";
}

std::size_t FleetBrakes::held(BrakeKind kind) const { return brakes_[at(kind)].state.held(); }

std::array<RememberedBrake, 2> FleetBrakes::memory(const Moment& now) const {
  return {brakes_[0].state.counts().memory(now.steady, now.wall),
          brakes_[1].state.counts().memory(now.steady, now.wall)};
}

void FleetBrakes::recall(const std::array<RememberedBrake, 2>& memory, WallTime saved,
                         const Moment& now) {
  for (std::size_t kind = 0; kind < kKinds; ++kind)
    brakes_[kind].state.counts().recall(memory[kind], saved, now.steady, now.wall);
}

void FleetBrakes::forget_recalled(const std::function<bool(SubscriptionId)>& is_declared) {
  for (FleetBrake& brake : brakes_) brake.state.counts().forget_recalled(is_declared);
}

std::uint64_t FleetBrakes::revision() const {
  std::uint64_t sum = 0;
  for (const FleetBrake& brake : brakes_) sum += brake.state.counts().revision();
  return sum;
}

}  // namespace defenderd
