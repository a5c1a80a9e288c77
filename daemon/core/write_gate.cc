#include "core/write_gate.h"

#include <algorithm>
#include <array>

#include "base/time_text.h"

namespace defenderd {
namespace {

using Message = std::optional<std::string>;

Message suspended(const WriteQuestion& question) {
  if (!is_suspended(question.desired, question.circumstances.now)) return std::nullopt;
  const Suspension& suspension = *question.desired.suspend;
  std::string message = "suspended until " + format_rfc3339(suspension.until);
  if (!suspension.reason.empty()) message += ": " + suspension.reason;
  if (!suspension.by.empty()) message += " (" + suspension.by + ")";
  return message;
}

Message unknown_tier(const WriteQuestion& question) {
  if (question.observed == nullptr || question.observed->tier != Tier::Other) return std::nullopt;
  return "ARM shows the tier '" + question.observed->tier_text +
         "', which this version does not know and does not overwrite; check it in the portal, or "
         "update defenderd";
}

Message answer_too_large(const WriteQuestion& question) {
  if (question.observed == nullptr || !question.observed->is_cut) return std::nullopt;
  return "ARM shows more unknown properties of this plan than defenderd preserves (64 KiB), and a "
         "write would remove them; check the plan in the portal, or update "
         "defenderd";
}

Message observing_run(const WriteQuestion& question) {
  if (!question.circumstances.permit.only_observes()) return std::nullopt;
  return "not corrected: defenderd runs with --observe";
}

Message observe_mode(const WriteQuestion& question) {
  if (question.desired.mode != Mode::Observe) return std::nullopt;
  return "not corrected: the subscription's mode is observe; set mode: enforce to correct it";
}

Message not_leader(const WriteQuestion& question) {
  const auto standing = question.circumstances.permit.standing();
  if (!standing || standing->may_write) return std::nullopt;
  return standing->why_not;
}

Message frozen(const WriteQuestion& question) {
  const Circumstances& circumstances = question.circumstances;
  const auto active = circumstances.permit.freezes(circumstances.now);
  if (!active) return std::nullopt;
  // Of several the one that ends last: until then it is frozen.
  const ActiveFreeze* last = nullptr;
  for (const ActiveFreeze& freeze : *active) {
    if (!concerns(*freeze.freeze, question.desired, question.drift)) continue;
    if (last == nullptr || (last->ends && (!freeze.ends || *freeze.ends > *last->ends)))
      last = &freeze;
  }
  if (last == nullptr) return std::nullopt;
  return describe(*last);
}

const Withholding* verdict_on(const WriteQuestion& question) {
  const SafetyVerdict* const verdict = question.circumstances.safety;
  return verdict == nullptr || question.drift == nullptr ? nullptr
                                                         : verdict->on(question.drift->field);
}

Message replaced(const WriteQuestion& question) {
  if (question.circumstances.is_in_force) return std::nullopt;
  return std::string(kStale);
}

template <Reason reason>
Message safety(const WriteQuestion& question) {
  const Withholding* const why = verdict_on(question);
  if (why == nullptr || why->reason != reason) return std::nullopt;
  return why->message;
}

constexpr std::array kRules{
    WriteRule{Reason::Suspended, State::Suspended, suspended},
    WriteRule{Reason::UnknownTier, State::Drifted, unknown_tier},
    WriteRule{Reason::AnswerTooLarge, State::Drifted, answer_too_large},
    WriteRule{Reason::ObserveMode, State::Drifted, observing_run},
    WriteRule{Reason::ObserveMode, State::Drifted, observe_mode},
    WriteRule{Reason::NotLeader, State::Held, not_leader},
    WriteRule{Reason::Frozen, State::Held, frozen},
    WriteRule{Reason::FleetNotObserved, State::Held, replaced},
    WriteRule{Reason::FleetNotObserved, State::Held, safety<Reason::FleetNotObserved>},
    WriteRule{Reason::Contested, State::Contested, safety<Reason::Contested>},
    WriteRule{Reason::DisableBrake, State::Held, safety<Reason::DisableBrake>},
    WriteRule{Reason::EnableBrake, State::Held, safety<Reason::EnableBrake>},
    WriteRule{Reason::WaitsForEarlierWave, State::Held, safety<Reason::WaitsForEarlierWave>},
    WriteRule{Reason::RolloutStopped, State::Held, safety<Reason::RolloutStopped>},
    WriteRule{Reason::Paced, State::Held, safety<Reason::Paced>},
};

}  // namespace

const Withholding* SafetyVerdict::on(const Field& field) const {
  const auto found = std::find_if(withheld_.begin(), withheld_.end(),
                                  [&](const auto& item) { return item.first == field; });
  return found == withheld_.end() ? nullptr : &found->second;
}

std::string SafetyVerdict::confirmed(const Field& field) const {
  for (const auto& [confirmed, code] : confirmed_) {
    if (confirmed == field) return code;
  }
  return "";
}

std::span<const WriteRule> write_rules() { return kRules; }

std::optional<Withholding> withheld(const WriteQuestion& question) {
  for (const WriteRule& rule : kRules) {
    if (auto message = rule.withholds(question)) {
      return Withholding{rule.reason, *std::move(message)};
    }
  }
  // A verdict whose reason has no rule must withhold the change, too.
  if (const Withholding* const why = verdict_on(question)) return *why;
  return std::nullopt;
}

State state_when_withheld(Reason reason) {
  const auto* const rule = std::find_if(
      kRules.begin(), kRules.end(), [&](const WriteRule& each) { return each.reason == reason; });
  return rule == kRules.end() ? State::Drifted : rule->state;
}

bool is_suspended(const DesiredSubscription& desired, WallTime now) {
  return desired.suspend && now < desired.suspend->until;
}

}  // namespace defenderd
