#include "reconcile/brake_state.h"

#include <utility>

#include "base/text.h"

namespace defenderd {

BrakeState::BrakeState(BrakeKind kind, Hash hash)
    : brake_(kind),
      reason_(kind == BrakeKind::Disable ? Reason::DisableBrake : Reason::EnableBrake),
      codes_(std::move(hash)) {}

void BrakeState::set_rule(BrakeRule rule) {
  limited_ = rule.limit.has_value();
  brake_.set_rule(rule);
}

void BrakeState::refresh_code(const SpentCodes& spent) {
  if (code_of_ == brake_.revision()) return;
  code_of_ = brake_.revision();
  code_ = codes_.code_of(brake_.held_text(), spent);
}

bool BrakeState::Step::moved() const {
  if (!used_code.empty()) return true;
  return before != after && before != Stand::Open && after != Stand::Waiting;
}

BrakeState::Step BrakeState::evaluate(bool fleet_is_known, SteadyTime now, SpentCodes& spent) {
  brake_.pass_time(now);
  Step step{.before = stand_};
  if (limited_ && !fleet_is_known) {
    stand_ = Stand::Waiting;
  } else if (brake_.holds()) {
    stand_ = Stand::Holding;
    refresh_code(spent);
    if (iequals(code_, confirmed_)) {
      step.used_code = code_;
      step.confirmed = brake_.held();
      spent.add(code_);
      code_of_.reset();
      brake_.confirm(code_);
      stand_ = Stand::Open;
    }
  } else {
    stand_ = Stand::Open;
  }
  if (stand_ == Stand::Open) {
    codes_.withdraw(spent);
    code_of_.reset();
  }
  step.after = stand_;
  return step;
}

std::optional<Reason> BrakeState::withholds(SubscriptionId id, const Field& field) const {
  switch (stand_) {
    case Stand::Open:
      return std::nullopt;
    case Stand::Waiting:
      if (brake_.is_confirmed(id, field)) return std::nullopt;
      return Reason::FleetNotObserved;
    case Stand::Holding:
      if (brake_.holds(id, field)) return reason_;
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace defenderd
