#pragma once
// Decide: which of the drifts are corrected now, and why the others are not. Pure.

#include <functional>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "core/desired_state.h"
#include "core/diff.h"
#include "core/outcome.h"
#include "core/pricing.h"

namespace defenderd {

// Why a change must wait.
struct Withholding {
  Reason reason = Reason::ObserveMode;
  std::string message = {};  // for people: why, and what would let it through
  bool operator==(const Withholding&) const = default;
};

// What beside declared and observed has a say.
struct Circumstances {
  WallTime now;
  bool observe_only = false;  // --observe: never write, whatever the files say
  // The fleet's safety (brakes, contested fields) asked for one drift of this subscription;
  // nullopt lets it through. Empty: no safety has a say.
  std::function<std::optional<Withholding>(const Drift&)> safety = {};
};

// True while the YAML's suspension of this subscription is in force.
[[nodiscard]] bool is_suspended(const DesiredSubscription& desired, WallTime now);

// One Change per drift, Planned or Withheld. In order of precedence: a suspension, a tier that this
// version does not know, more unknown properties than it carries along, observe mode, safety. Where
// switching the plan on is withheld, the changes of its extensions are withheld with it: they
// cannot exist without it.
[[nodiscard]] std::vector<Change> decide(const DesiredSubscription& desired,
                                         const Pricing& observed, const std::vector<Drift>& drifts,
                                         const Circumstances& circumstances);

}  // namespace defenderd
