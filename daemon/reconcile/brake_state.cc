#include "reconcile/brake_state.h"

#include <utility>

#include "base/text.h"

namespace defenderd {
namespace {

constexpr std::size_t kCodeDigits = 8;
constexpr std::size_t kMostShown = 20;  // the set of changes may change many times while it holds

}  // namespace

BrakeState::BrakeState(BrakeKind kind, Hash hash)
    : brake_(kind),
      reason_(kind == BrakeKind::Disable ? Reason::DisableBrake : Reason::EnableBrake),
      hash_(std::move(hash)) {}

void BrakeState::set_rule(BrakeRule rule) {
  limited_ = rule.limit.has_value();
  brake_.set_rule(rule);
}

// The same changes get another code once theirs was used or withdrawn.
void BrakeState::refresh_code(const SpentCodes& spent) {
  if (code_of_ == brake_.revision()) return;
  code_of_ = brake_.revision();
  std::string text = brake_.held_text();
  do {
    code_ = hash_(text).substr(0, kCodeDigits);
    text += "again\n";
  } while (!spent.is_fresh(code_));
  std::erase(shown_, code_);
  if (shown_.size() == kMostShown) shown_.erase(shown_.begin());
  shown_.push_back(code_);
}

void BrakeState::withdraw_codes(SpentCodes& spent) {
  for (const std::string& code : shown_) spent.withdraw(code);
  shown_.clear();
  code_of_.reset();
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
  if (stand_ == Stand::Open) withdraw_codes(spent);
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
