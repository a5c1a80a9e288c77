#include "reconcile/verdict.h"

#include <algorithm>

#include "base/scrub.h"
#include "base/text.h"
#include "base/time_text.h"
#include "core/timing.h"
#include "core/write_gate.h"

namespace defenderd {
namespace {

bool concerns(const std::vector<Drift>& drifts, const Field& field) {
  return std::any_of(drifts.begin(), drifts.end(),
                     [&](const Drift& drift) { return drift.field == field; });
}

const Change* find_change(const Outcome& outcome, ChangeResult result) {
  const auto found = std::find_if(outcome.changes.begin(), outcome.changes.end(),
                                  [&](const Change& change) { return change.result == result; });
  return found == outcome.changes.end() ? nullptr : &*found;
}

constexpr std::string_view kUnproven = "unproven";

std::string why_failed(const ExtensionFailure& failure) {
  return foreign_text(failure.message) +
         "; if it mentions roles or permissions, let an Owner of the subscription switch this "
         "extension on once (deploy/azure, \"Extensions that need more\")";
}

// Whether a failure that a read shows concerns what is declared.
bool matters(const DesiredSubscription& desired, const Pricing& shown, const std::string& name) {
  if (!desired.plan || shown.tier != Tier::Standard) return false;
  const std::optional<bool> wanted = desired.extension(name);
  if (wanted == true) return true;
  if (!wanted && desired.unnamed_extensions == UnnamedExtensions::Leave) return false;
  const Extension* const extension = shown.find(name);
  return extension != nullptr && extension->enabled != false;
}

void conclude_failure(Outcome& outcome, const Before& before) {
  const Failure& failure = *outcome.failure;
  outcome.message = failure.message;
  outcome.reason = failure.reason;
  if (!is_normal_wait(failure)) {
    outcome.result = ReconcileResult::Failed;
    outcome.state = State::Failing;
    return;
  }
  outcome.result = ReconcileResult::Retry;
  if (outcome.observed && !outcome.drift_left.empty()) {
    outcome.state = State::Drifted;
    return;
  }
  // While the provider is being registered, earlier observations do not apply. If nothing was
  // known, there is only the wait to report.
  if (before.state == State::Unknown || failure.reason == Reason::ProviderRegistering) {
    outcome.state = State::Unknown;
    return;
  }
  outcome.state = before.state;
  outcome.reason = before.reason;
  outcome.message = before.message;
}

}  // namespace

const ExtensionFailure* find_failure(const std::vector<ExtensionFailure>& failures,
                                     std::string_view extension) {
  const auto found = std::find_if(failures.begin(), failures.end(), [&](const ExtensionFailure& f) {
    return iequals(f.name, extension);
  });
  return found == failures.end() ? nullptr : &*found;
}

Before before_next(const Outcome& outcome) {
  Before before{outcome.state, outcome.reason, outcome.message};
  Unresolved unresolved{outcome.unproven, outcome.unconfirmed};
  if (!unresolved.empty()) before.unresolved = std::move(unresolved);
  return before;
}

void note_statuses(std::vector<ExtensionFailure>& failures, const DesiredSubscription& desired,
                   const PlanRead& read) {
  const auto forget = [&](const std::string& name) {
    std::erase_if(failures, [&](const auto& each) { return iequals(each.name, name); });
  };
  for (const std::string& name : read.succeeded) forget(name);
  for (const ExtensionFailure& failure : read.failed) {
    if (!matters(desired, read.pricing, failure.name)) continue;
    forget(failure.name);
    failures.push_back(failure);
  }
}

std::optional<Failure> still_in_progress(const DesiredSubscription& desired, const Pricing& shown,
                                         const std::vector<std::string>& names) {
  const auto found = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
    return matters(desired, shown, name);
  });
  if (found == names.end()) return std::nullopt;
  Failure failure;
  failure.reason = Reason::UpdateInProgress;
  failure.next = NextTry::Busy;
  failure.message = "ARM reports that it is still working on the extension " + *found +
                    " (operationStatus), which usually ends within minutes";
  return failure;
}

std::vector<Drift> compare(const DesiredSubscription& desired, const Pricing& observed,
                           const std::vector<ExtensionFailure>& unproven) {
  std::vector<Drift> drifts = diff(desired, observed);
  if (!desired.plan) return drifts;
  for (const DesiredExtension& extension : desired.extensions) {
    const Field field = Field::extension(kDeclaredPlan, extension.name);
    if (find_failure(unproven, extension.name) == nullptr || concerns(drifts, field)) continue;
    drifts.push_back({field, extension.on, std::string(kUnproven)});
  }
  return drifts;
}

std::vector<std::string> unasked(const DesiredSubscription& desired, const Pricing& before,
                                 const Pricing& after) {
  std::vector<std::string> result;
  for (const Extension& extension : after.extensions) {
    const Extension* const earlier = before.find(extension.name);
    const bool was_on = earlier != nullptr && earlier->enabled == true;
    if (extension.enabled == true && !was_on && !desired.extension(extension.name)) {
      result.push_back(extension.name);
    }
  }
  return result;
}

void judge(std::vector<Change>& changes, const std::vector<Drift>& left,
           const std::vector<ExtensionFailure>& failed, const PlanWritten& answer) {
  for (Change& change : changes) {
    if (change.result != ChangeResult::Planned) continue;
    change.trace = answer.trace;
    const ExtensionFailure* const failure =
        change.drift.field.is_plan() ? nullptr
                                     : find_failure(failed, change.drift.field.extension_name());
    if (failure != nullptr) {
      change.result = ChangeResult::Failed;
      change.reason = Reason::ExtensionFailed;
      change.message = "ARM answered 200, but this extension failed: " + why_failed(*failure);
    } else if (concerns(left, change.drift.field)) {
      change.result = ChangeResult::Failed;
      change.reason = Reason::ChangeNotApplied;
      const bool was_shown =
          observed_text(answer.pricing, change.drift.field) == on_off(change.drift.desired);
      change.message =
          was_shown ? "ARM accepted the change, but a read right after it shows the old value; "
                      "defenderd reads it again before it writes it again"
                    : "ARM accepted the change but shows the value unchanged; something else may "
                      "be writing it, or this subscription does not offer it";
    } else {
      change.result = ChangeResult::Applied;
    }
  }
}

void explain_unproven(std::vector<Change>& changes, const std::vector<ExtensionFailure>& unproven) {
  for (Change& change : changes) {
    if (change.drift.observed != kUnproven) continue;
    const ExtensionFailure* const failure =
        find_failure(unproven, change.drift.field.extension_name());
    if (failure == nullptr) continue;
    const std::string why =
        "ARM shows it as declared, but reports that it failed: " + why_failed(*failure);
    if (change.result == ChangeResult::Withheld) {
      change.message = why + ". Not corrected: " + change.message;
    } else {
      change.reason = Reason::ExtensionFailed;
      change.message = why;
    }
  }
}

std::optional<Failure> failure_after_write(const Outcome& outcome) {
  Failure failure;
  if (const Change* const change = find_change(outcome, ChangeResult::Failed)) {
    failure.reason = change->reason;
    failure.message = change->drift.field.text() + ": " + change->message;
    const bool needs_a_person =
        change->reason == Reason::ExtensionFailed || change->reason == Reason::PolicyDenied;
    failure.next = needs_a_person ? NextTry::Slow : NextTry::Soon;
    failure.trace = change->trace;
    return failure;
  }
  for (const Drift& drift : outcome.drift_left) {
    const bool expected =
        std::any_of(outcome.changes.begin(), outcome.changes.end(),
                    [&](const Change& change) { return change.drift.field == drift.field; });
    if (expected) continue;  // withheld, and reported as such
    if (const auto* const failed =
            drift.observed == kUnproven
                ? find_failure(outcome.unproven, drift.field.extension_name())
                : nullptr) {
      failure.reason = Reason::ExtensionFailed;
      failure.message =
          drift.field.text() + ": ARM reports that this extension failed: " + why_failed(*failed);
      failure.next = NextTry::Slow;
      return failure;
    }
    failure.reason = Reason::ChangeNotApplied;
    failure.message = drift.field.text() + " is " + drift.observed +
                      " after the plan was written, although it was as declared before; defenderd "
                      "checks it again soon";
    return failure;
  }
  return std::nullopt;
}

bool is_normal_wait(const Failure& failure) {
  return failure.next == NextTry::Busy || failure.next == NextTry::ServerWait;
}

Failure bug(std::string_view what) {
  Failure failure;
  failure.reason = Reason::InternalError;
  failure.message = "a bug in defenderd, please report it: " + foreign_text(what);
  failure.next = NextTry::Slow;
  return failure;
}

void escalate(Outcome& outcome, const Before& before, Duration lasted) {
  // It fails already: a reason that changes with each attempt would begin its alert anew.
  if (before.state == State::Failing && before.reason != outcome.failure->reason) {
    outcome.state = before.state;
    outcome.reason = before.reason;
    outcome.message = before.message;
    return;
  }
  outcome.result = ReconcileResult::Failed;
  outcome.state = State::Failing;
  outcome.reason = outcome.failure->reason;
  outcome.message = outcome.failure->message;
  if (lasted < kLongestNormalWait) return;  // its server asks for a long wait
  outcome.message +=
      " (for " + format_duration(std::chrono::floor<std::chrono::seconds>(lasted)) + " now)";
}

void conclude(Outcome& outcome, const Before& before, WallTime now) {
  if (outcome.failure) {
    conclude_failure(outcome, before);
    return;
  }
  if (const Change* const withheld = find_change(outcome, ChangeResult::Withheld)) {
    outcome.result = ReconcileResult::Withheld;
    outcome.state = state_when_withheld(withheld->reason);
    outcome.reason = withheld->reason;
    outcome.message = withheld->message;
    return;
  }
  if (find_change(outcome, ChangeResult::Planned) != nullptr) {  // a run that only plans
    outcome.result = ReconcileResult::Withheld;
    outcome.state = State::Drifted;
    outcome.reason = Reason::ObserveMode;
    outcome.message = "would be corrected";
    return;
  }
  const bool corrected = find_change(outcome, ChangeResult::Applied) != nullptr;
  const bool suspended = is_suspended(outcome.desired, now);
  outcome.result = corrected ? ReconcileResult::Corrected : ReconcileResult::InSync;
  outcome.state = suspended ? State::Suspended : State::InSync;
  outcome.reason = suspended ? Reason::Suspended : Reason::AsDeclared;
  outcome.message = suspended ? "as declared, and suspended" : "as declared";
}

}  // namespace defenderd
