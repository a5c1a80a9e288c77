#include "core/decide.h"

#include <optional>

namespace defenderd {
namespace {

Change withheld_change(const Drift& drift, const Withholding& why) {
  return {drift, ChangeResult::Withheld, why.reason, why.message, {}};
}

}  // namespace

std::vector<Change> decide(const DesiredSubscription& desired, const Pricing& observed,
                           const std::vector<Drift>& drifts, const Circumstances& circumstances) {
  std::vector<Change> changes;
  std::optional<Withholding> plan_waits;
  // A plan that is switched takes its extensions along: what let it through let them through.
  std::string plan_confirmed;
  for (const Drift& drift : drifts) {
    const auto why =
        plan_waits ? plan_waits : withheld({desired, circumstances, &observed, &drift});
    if (why && drift.field.is_plan()) plan_waits = why;
    changes.push_back(why ? withheld_change(drift, *why) : Change{drift});
    if (why || circumstances.safety == nullptr) continue;
    std::string& code = changes.back().confirmed;
    code = circumstances.safety->confirmed(drift.field);
    if (code.empty()) code = plan_confirmed;
    if (drift.field.is_plan()) plan_confirmed = code;
  }
  return changes;
}

}  // namespace defenderd
