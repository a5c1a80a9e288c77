#include "reconcile/change_results.h"

#include <algorithm>

#include "base/text.h"

namespace defenderd {
namespace {

void set_failed(Change& change, const Failure& failure) {
  change.result = ChangeResult::Failed;
  change.reason = failure.reason;
  change.message = failure.message;
  change.trace = failure.trace;
}

template <class Mark>
void each_planned(Changes& changes, const std::vector<Drift>& drifts, Mark mark) {
  for (Change& change : changes) {
    const bool is_meant = std::any_of(drifts.begin(), drifts.end(), [&](const Drift& drift) {
      return drift.field == change.drift.field;
    });
    if (is_meant && change.result == ChangeResult::Planned) mark(change);
  }
}

}  // namespace

bool has(const Changes& changes, ChangeResult result) {
  return std::any_of(changes.begin(), changes.end(),
                     [&](const Change& change) { return change.result == result; });
}

bool concerns(const Changes& changes, const Field& field) {
  return std::any_of(changes.begin(), changes.end(),
                     [&](const Change& change) { return change.drift.field == field; });
}

bool is_withheld(const Changes& changes, const Field& field) {
  return std::any_of(changes.begin(), changes.end(), [&](const Change& change) {
    return change.drift.field == field && change.result == ChangeResult::Withheld;
  });
}

std::vector<Drift> planned(const Changes& changes) {
  std::vector<Drift> drifts;
  for (const Change& change : changes) {
    if (change.result == ChangeResult::Planned) drifts.push_back(change.drift);
  }
  return drifts;
}

bool is_still_wanted(const Change& change) {
  switch (change.result) {
    case ChangeResult::Planned:
    case ChangeResult::Failed:
      return true;
    case ChangeResult::Withheld:
      return state_when_withheld(change.reason) == State::Held;
    case ChangeResult::Applied:
      return false;
  }
  return false;
}

void fail_planned(Changes& changes, const Failure& failure) {
  for (Change& change : changes) {
    if (change.result == ChangeResult::Planned) set_failed(change, failure);
  }
}

void fail_planned(Changes& changes, const std::vector<Drift>& drifts, const Failure& failure) {
  each_planned(changes, drifts, [&](Change& change) { set_failed(change, failure); });
}

void withhold_planned(Changes& changes, const std::vector<Drift>& drifts, const Withholding& why) {
  each_planned(changes, drifts, [&](Change& change) {
    change.result = ChangeResult::Withheld;
    change.reason = why.reason;
    change.message = why.message;
  });
}

void fail_refused(Changes& changes, const RefusedExtension& refused) {
  const bool by_policy = refused.failure.reason == Reason::PolicyDenied;
  for (Change& change : changes) {
    if (change.result != ChangeResult::Planned ||
        !iequals(change.drift.field.extension_name(), refused.name)) {
      continue;
    }
    change.result = ChangeResult::Failed;
    change.reason = by_policy ? Reason::PolicyDenied : Reason::ExtensionFailed;
    change.message =
        by_policy ? refused.failure.message : refusal_message(change.drift, refused.failure);
    change.trace = refused.failure.trace;
  }
}

}  // namespace defenderd
