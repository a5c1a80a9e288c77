#pragma once
// Results of a sweep in few words.

#include <string>
#include <utility>
#include <vector>

#include "cli/fleet_sweep.h"
#include "support/builders.h"

namespace defenderd {

inline SweptSubscription swept(unsigned n, const std::string& name,
                               const std::vector<Change>& changes) {
  SweptSubscription result;
  result.outcome.desired = declared(n, true);
  result.outcome.desired.name = name;
  result.outcome.observed = Pricing{};
  result.outcome.changes = changes;
  for (const Change& change : changes) {
    if (change.result != ChangeResult::Applied) result.outcome.drift_left.push_back(change.drift);
  }
  return result;
}

inline Change planned(bool on, const std::string& extension = "") {
  const Field field =
      extension.empty() ? Field::plan(kDeclaredPlan) : Field::extension(kDeclaredPlan, extension);
  return {{field, on, on ? "off" : "on"}, ChangeResult::Planned, Reason::AsDeclared, "", {}};
}

inline Change applied(bool on, const std::string& extension = "") {
  Change change = planned(on, extension);
  change.result = ChangeResult::Applied;
  return change;
}

inline Change withheld(Reason reason = Reason::DisableBrake, const std::string& message = "") {
  Change change = planned(true);
  change.result = ChangeResult::Withheld;
  change.reason = reason;
  change.message = message;
  return change;
}

inline SweptSubscription unreadable(unsigned n, const std::string& name,
                                    Reason reason = Reason::Forbidden,
                                    const std::string& message = "no role") {
  SweptSubscription result = swept(n, name, {});
  result.outcome.observed.reset();
  result.outcome.reason = reason;
  result.outcome.message = message;
  return result;
}

inline SweptSubscription unreached(unsigned n) {
  SweptSubscription result = unreadable(n, "sub-" + std::to_string(n), Reason::NotObservedYet);
  result.reached = false;
  return result;
}

inline SweptSubscription skipped(SweptSubscription result) {
  result.skipped = "--max 1";
  return result;
}

inline SweptSubscription unselected(SweptSubscription result) {
  result.selected = false;
  return result;
}

inline SweptSubscription tried(SweptSubscription result) {
  result.tried = true;
  return result;
}

}  // namespace defenderd
