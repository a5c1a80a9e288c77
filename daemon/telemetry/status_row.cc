#include "telemetry/status_row.h"

#include <algorithm>
#include <utility>

#include "base/scrub.h"
#include "base/text.h"

namespace defenderd {
namespace {

// Without a failure, all texts are our own.
Shared<std::string> shown(const Outcome& outcome, const std::string& message) {
  static const Shared<std::string> as_declared{"as declared"};
  if (message == *as_declared) return as_declared;
  const bool ours = !outcome.failure && outcome.changes.empty();
  return ours ? message : outgoing_text(message);
}

// `message`: the outcome's, as shown.
Condition observed_condition(const Outcome& outcome, const Shared<std::string>& message) {
  // A failure with an observation is a failure of the write.
  if (outcome.observed) return {ConditionType::Observed, ConditionStatus::True, Reason::AsDeclared};
  if (outcome.failure) {
    const std::string& why = outcome.failure->message;
    return {ConditionType::Observed, ConditionStatus::False, outcome.failure->reason,
            why == outcome.message ? message : shown(outcome, why)};
  }
  return {ConditionType::Observed, ConditionStatus::Unknown, outcome.reason, message};
}

Condition in_sync_condition(const Outcome& outcome, const Shared<std::string>& message) {
  Condition result{ConditionType::InSync, ConditionStatus::False, outcome.reason, message};
  if (!outcome.observed) {
    result.status = ConditionStatus::Unknown;
  } else if (outcome.drift_left.empty() && outcome.unproven.empty()) {
    result.status = ConditionStatus::True;
    result.reason = Reason::AsDeclared;
  }
  return result;
}

Condition held_condition(const Outcome& outcome) {
  const auto withheld =
      std::find_if(outcome.changes.begin(), outcome.changes.end(),
                   [](const Change& change) { return change.result == ChangeResult::Withheld; });
  if (withheld == outcome.changes.end()) {
    return {ConditionType::Held, ConditionStatus::False, Reason::AsDeclared};
  }
  return {ConditionType::Held, ConditionStatus::True, withheld->reason, withheld->message};
}

void set_condition(StatusRow& row, Condition condition, WallTime now) {
  Condition& kept = row.conditions[static_cast<std::size_t>(condition.type)];
  condition.last_transition = condition.status == kept.status ? kept.last_transition : now;
  kept = std::move(condition);
}

// What still differs, each with the time when it was first observed.
std::vector<DriftSince> drift_since(const std::vector<DriftSince>& before,
                                    const std::vector<Drift>& left,
                                    const std::vector<DriftSeen>& seen, WallTime now) {
  std::vector<DriftSince> result;
  for (const Drift& drift : left) {
    if (const DriftSeen* const reported = find(seen, drift.field)) {
      result.push_back({drift, std::min(reported->since, now)});
      continue;
    }
    const auto known = std::find_if(before.begin(), before.end(), [&](const DriftSince& d) {
      return d.drift.field == drift.field;
    });
    result.push_back({drift, known == before.end() ? now : known->since});
  }
  return result;
}

// An edit of the desired state makes a drift that nobody in Azure has made. Of a subscription that
// was simply in sync, a restart keeps no values.
bool was_as_declared(const StatusRow& before, const Drift& drift) {
  if (before.last_known == Known::NotKnown) return false;
  if (!before.observed) return before.last_known == Known::AsDeclared;
  return observed_text(*before.observed, drift.field) == on_off(drift.desired);
}

bool has_applied(const Outcome& outcome) {
  return std::any_of(outcome.changes.begin(), outcome.changes.end(),
                     [](const Change& change) { return change.result == ChangeResult::Applied; });
}

ArmTrace last_trace(const Outcome& outcome, const ArmTrace& before) {
  if (outcome.failure && outcome.failure->trace != ArmTrace{}) return outcome.failure->trace;
  const auto last = std::find_if(outcome.changes.rbegin(), outcome.changes.rend(),
                                 [](const Change& change) { return change.trace != ArmTrace{}; });
  return last == outcome.changes.rend() ? before : last->trace;
}

// What only waits until this run has observed the fleet is still in the state of the run before.
bool knows_state(const Outcome& outcome) {
  return outcome.state != State::Unknown && outcome.reason != Reason::FleetNotObserved;
}

// Most observations show the declared state, as before.
Shared<Differences> differences_after(const Shared<Differences>& before, const Outcome& outcome,
                                      const std::vector<DriftSeen>& seen, WallTime now) {
  Differences differences = *before;
  differences.trace = last_trace(outcome, before->trace);
  differences.unconfirmed = outcome.unconfirmed;
  if (outcome.observed) {
    differences.drift = drift_since(before->drift, outcome.drift_left, seen, now);
    differences.pending.clear();
    differences.unproven = outcome.unproven;
  }
  if (knows_state(outcome)) differences.earlier.reset();
  std::vector<Change> applied;
  for (const Change& change : outcome.changes) {
    auto& list = change.result == ChangeResult::Applied ? applied : differences.pending;
    list.push_back(change);
    list.back().message = outgoing_text(change.message);
  }
  if (!applied.empty()) {
    differences.last_changes = std::move(applied);
    differences.switched_on_by_service = outcome.switched_on_by_service;
  }
  if (differences == *before) return before;
  return differences;
}

// This run knows the state: what is as before the restart has lasted.
void carry_on(StatusRow& row, const EarlierState& earlier) {
  if (row.state == earlier.state) row.state_since = earlier.since;
  for (std::size_t i = 0; i < row.conditions.size(); ++i) {
    if (row.conditions[i].status == earlier.conditions[i].status)
      row.conditions[i].last_transition = earlier.conditions[i].last_transition;
  }
}

}  // namespace

StatusRow new_row(const Declaration& desired, WallTime now) {
  StatusRow row;
  row.desired = desired;
  static const Shared<std::string> not_yet{"not observed yet"};
  row.message = not_yet;
  row.state_since = now;
  for (const ConditionType type : kAllConditionTypes) {
    row.conditions[static_cast<std::size_t>(type)] = {type, ConditionStatus::Unknown,
                                                      Reason::NotObservedYet, row.message, now};
  }
  return row;
}

const Actor* Differences::actor_of(const DriftSince& left) const {
  if (!attribution || attribution->seen_at < left.since) return nullptr;
  const auto& fields = attribution->fields;
  const bool concerns = std::find(fields.begin(), fields.end(), left.drift.field) != fields.end();
  return concerns ? &attribution->actor : nullptr;
}

std::vector<DriftSeen> drift_seen(const StatusRow& before, const Outcome& outcome,
                                  WallTime found_at) {
  std::vector<DriftSeen> result;
  const auto add = [&](const Drift& drift) {
    const auto is_same = [&](const auto& other) { return other.drift.field == drift.field; };
    if (std::any_of(result.begin(), result.end(), is_same)) return;
    const auto& lasting = before.differences->drift;
    const auto known = std::find_if(lasting.begin(), lasting.end(), is_same);
    if (known != lasting.end()) {
      result.push_back({drift, std::min(known->since, found_at)});
    } else if (was_as_declared(before, drift)) {
      result.push_back({drift, found_at, before.last_observed().value_or(before.state_since)});
    } else {
      result.push_back({drift, found_at});
    }
  };
  for (const Change& change : outcome.changes) add(change.drift);
  for (const Drift& drift : outcome.drift_left) add(drift);
  for (const Unconfirmed& change : outcome.confirmed) add(change.drift);
  return result;
}

const DriftSeen* find(const std::vector<DriftSeen>& seen, const Field& field) {
  const auto found = std::find_if(seen.begin(), seen.end(),
                                  [&](const DriftSeen& item) { return item.drift.field == field; });
  return found == seen.end() ? nullptr : &*found;
}

void limit_to(StatusRow& row, WallTime now) {
  row.state_since = std::min(row.state_since, now);
  for (Condition& condition : row.conditions)
    condition.last_transition = std::min(condition.last_transition, now);
  const auto is_ahead = [&](const DriftSince& drift) { return drift.since > now; };
  const auto& drift = row.differences->drift;
  const bool earlier_ahead = row.differences->earlier && row.differences->earlier->since > now;
  const auto& known = row.differences->attribution;
  const bool known_ahead = known && known->seen_at > now;
  if (!earlier_ahead && !known_ahead && std::none_of(drift.begin(), drift.end(), is_ahead)) return;
  Differences differences = *row.differences;
  for (DriftSince& item : differences.drift) item.since = std::min(item.since, now);
  if (known_ahead) differences.attribution->seen_at = now;
  if (differences.earlier) {
    differences.earlier->since = std::min(differences.earlier->since, now);
    for (auto& condition : differences.earlier->conditions)
      condition.last_transition = std::min(condition.last_transition, now);
  }
  row.differences = std::move(differences);
}

StatusRow updated(const StatusRow& before, const Outcome& outcome,
                  const std::vector<DriftSeen>& seen, WallTime now, ObservedBy by) {
  StatusRow row = before;
  limit_to(row, now);
  if (row.state != outcome.state) row.state_since = now;
  row.state = outcome.state;
  row.reason = outcome.reason;
  row.message = shown(outcome, outcome.message);
  row.last_attempt = now;
  if (outcome.observed) note_observed(row, by, now);
  row.differences = differences_after(row.differences, outcome, seen, now);
  if (has_applied(outcome)) row.last_change = now;
  // A normal wait that observed nothing proves nothing: the previous value stays. It does not apply
  // while the provider is being registered.
  const bool applies = outcome.reason != Reason::ProviderRegistering;
  if (outcome.result == ReconcileResult::Retry && !outcome.observed && applies) return row;
  set_condition(row, observed_condition(outcome, row.message), now);
  set_condition(row, in_sync_condition(outcome, row.message), now);
  set_condition(row, held_condition(outcome), now);
  if (outcome.observed) row.last_known = row.known();
  if (before.differences->earlier && !row.differences->earlier)
    carry_on(row, *before.differences->earlier);
  return row;
}

void note_observed(StatusRow& row, ObservedBy by, WallTime now) {
  (by == ObservedBy::Direct ? row.observed_directly : row.observed_by_graph) = now;
  row.observed_in_this_run = true;
}

std::string_view to_text(ObservedBy by) { return by == ObservedBy::Direct ? "direct" : "graph"; }

std::string_view to_text(Known known) {
  switch (known) {
    case Known::AsDeclared:
      return "as_declared";
    case Known::Different:
      return "different";
    case Known::NotKnown:
      return "not_known";
  }
  return "not_known";
}

std::string_view last_known_text(Known last_known) {
  return last_known == Known::NotKnown ? "never_seen" : to_text(last_known);
}

std::optional<Known> parse_known(std::string_view text) { return find_by_text(kAllKnown, text); }

}  // namespace defenderd
