#pragma once
// Outcomes and declared subscriptions that the tests of this folder share.

#include <chrono>
#include <string>
#include <utility>

#include "base/clock.h"
#include "core/outcome.h"
#include "support/builders.h"

namespace defenderd::samples {

inline const WallTime kStart = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
inline WallTime at(int minutes) { return kStart + std::chrono::minutes(minutes); }

// Declared with plan and prompt evidence on.
inline DesiredSubscription declared(int n, std::string name = {}) {
  DesiredSubscription result =
      defenderd::declared(static_cast<unsigned>(n), true, {evidence(true)});
  if (!name.empty()) result.name = std::move(name);
  return result;
}

inline DesiredState state_of(const std::vector<DesiredSubscription>& subscriptions) {
  return {declarations(subscriptions), "abcdef0123456789"};
}

inline Pricing pricing(bool plan, bool evidence) {
  return plan ? standard_plan({{std::string(kPromptEvidence), evidence}}) : free_plan();
}

inline Drift evidence_drift() {
  return {Field::extension(kDeclaredPlan, std::string(kPromptEvidence)), true, "off"};
}

inline Outcome in_sync(int n) {
  Outcome result;
  result.desired = declared(n);
  result.result = ReconcileResult::InSync;
  result.state = State::InSync;
  result.reason = Reason::AsDeclared;
  result.message = "as declared";
  result.observed = pricing(true, true);
  return result;
}

inline Outcome corrected(int n) {
  Outcome result = in_sync(n);
  result.result = ReconcileResult::Corrected;
  Change change{evidence_drift(), ChangeResult::Applied};
  change.trace.request_id = "request-" + std::to_string(n);
  result.changes = {change};
  return result;
}

inline Outcome withheld(int n, Reason reason) {
  Outcome result = in_sync(n);
  result.result = ReconcileResult::Withheld;
  result.state = reason == Reason::ObserveMode ? State::Drifted : State::Held;
  result.reason = reason;
  result.message = "withheld";
  result.observed = pricing(true, false);
  result.changes = {{evidence_drift(), ChangeResult::Withheld, reason, "waits for a person"}};
  result.drift_left = {evidence_drift()};
  return result;
}

// ARM could not be read.
inline Outcome failed(int n, Reason reason, int http_status) {
  Outcome result;
  result.desired = declared(n);
  result.result = ReconcileResult::Failed;
  result.state = State::Failing;
  result.reason = reason;
  result.message = "cannot read";
  Failure failure;
  failure.reason = reason;
  failure.message = "cannot read";
  failure.next = reason == Reason::Forbidden ? NextTry::Slow : NextTry::Soon;
  failure.http_status = http_status;
  failure.trace.request_id = "failed-" + std::to_string(n);
  result.failure = failure;
  return result;
}

}  // namespace defenderd::samples
