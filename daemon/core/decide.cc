#include "core/decide.h"

#include "base/time_text.h"

namespace defenderd {
namespace {

std::optional<Withholding> withhold_all(const DesiredSubscription& desired, const Pricing& observed,
                                        const Circumstances& circumstances) {
  if (is_suspended(desired, circumstances.now)) {
    std::string message = "suspended until " + format_rfc3339(desired.suspend->until);
    if (!desired.suspend->reason.empty()) message += ": " + desired.suspend->reason;
    if (!desired.suspend->by.empty()) message += " (" + desired.suspend->by + ")";
    return Withholding{Reason::Suspended, std::move(message)};
  }
  if (observed.tier == Tier::Other) {
    return Withholding{
        Reason::UnknownTier,
        "ARM shows the tier '" + observed.tier_text +
            "', which this version does not know and does not write over; look at it in "
            "the portal, or update defenderd"};
  }
  if (observed.is_cut) {
    return Withholding{
        Reason::AnswerTooLarge,
        "ARM shows more properties of this plan than defenderd carries along (64 KiB that it does "
        "not know), and a write would take them away; look at the plan in the portal, or update "
        "defenderd"};
  }
  if (circumstances.observe_only) {
    return Withholding{Reason::ObserveMode, "not corrected: defenderd runs with --observe"};
  }
  if (desired.mode == Mode::Observe) {
    return Withholding{
        Reason::ObserveMode,
        "not corrected: the subscription's mode is observe; set mode: enforce to let "
        "defenderd correct it"};
  }
  return std::nullopt;
}

Change withheld(const Drift& drift, const Withholding& why) {
  return {drift, ChangeResult::Withheld, why.reason, why.message, {}};
}

}  // namespace

bool is_suspended(const DesiredSubscription& desired, WallTime now) {
  return desired.suspend && now < desired.suspend->until;
}

std::vector<Change> decide(const DesiredSubscription& desired, const Pricing& observed,
                           const std::vector<Drift>& drifts, const Circumstances& circumstances) {
  std::vector<Change> changes;
  std::optional<Withholding> for_the_rest = withhold_all(desired, observed, circumstances);
  for (const Drift& drift : drifts) {
    std::optional<Withholding> why = for_the_rest;
    if (!why && circumstances.safety) why = circumstances.safety(drift);
    if (why && drift.field.is_plan()) for_the_rest = why;
    changes.push_back(why ? withheld(drift, *why) : Change{drift});
  }
  return changes;
}

}  // namespace defenderd
