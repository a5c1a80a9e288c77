#include "reconcile/undone.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"

namespace defenderd {
namespace {

bool has_status(const PlanWritten& answer, const std::string& name) {
  const auto is_it = [&](const std::string& each) { return iequals(each, name); };
  return std::any_of(answer.succeeded.begin(), answer.succeeded.end(), is_it) ||
         std::any_of(answer.failed.begin(), answer.failed.end(),
                     [&](const ExtensionFailure& failure) { return is_it(failure.name); });
}

bool is_unchanged(const Extension& extension, const Pricing& wanted) {
  const Extension* const written = wanted.find(extension.name);
  return written != nullptr && written->enabled == extension.enabled;
}

// Switching a plan on acts on its extensions. If the answer says on which ones the write acted,
// and none is among those that were on already, then the service only renews the time.
bool was_off(const Observed& base, const Pricing& wanted, const PlanWritten& answer) {
  if (base.enabled_since.empty() || answer.enabled_since.empty()) return false;
  if (base.enabled_since == answer.enabled_since) return false;
  if (answer.succeeded.empty() && answer.failed.empty()) return true;
  bool any_on = false;
  for (const Extension& extension : base.pricing.extensions) {
    if (extension.enabled != true || !is_unchanged(extension, wanted)) continue;
    any_on = true;
    if (has_status(answer, extension.name)) return true;
  }
  return !any_on;
}

Change undone(Field field, bool desired, std::string message, const PlanWritten& answer) {
  Change change{{std::move(field), desired, std::string(on_off(!desired))}};
  change.result = ChangeResult::Applied;
  change.message = std::move(message);
  change.trace = answer.trace;
  return change;
}

}  // namespace

std::vector<Change> undone_by(const Observed& base, const Pricing& wanted,
                              const PlanWritten& answer) {
  std::vector<Change> changes;
  if (base.pricing.tier != Tier::Standard || wanted.tier != Tier::Standard ||
      answer.pricing.tier != Tier::Standard) {
    return changes;
  }
  if (was_off(base, wanted, answer)) {
    // Its extensions came on with it.
    changes.push_back(undone(Field::plan(kDeclaredPlan), true,
                             "somebody else switched it off after it was read, and the write of "
                             "another change switched it on again (last switched on at " +
                                 answer.enabled_since + ", before that at " + base.enabled_since +
                                 ")",
                             answer));
    return changes;
  }
  for (const Extension& extension : base.pricing.extensions) {
    const Extension* const shown = answer.pricing.find(extension.name);
    const bool stayed_off = extension.enabled == false && is_unchanged(extension, wanted) &&
                            shown != nullptr && shown->enabled == false;
    if (!stayed_off || !has_status(answer, extension.name)) continue;
    changes.push_back(undone(Field::extension(kDeclaredPlan, extension.name), false,
                             "somebody else switched it on after it was read, and the write of "
                             "another change switched it off again",
                             answer));
  }
  return changes;
}

}  // namespace defenderd
