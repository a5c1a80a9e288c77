#include "telemetry/status_board.h"

#include <algorithm>
#include <utility>

#include "base/scrub.h"

namespace defenderd {
namespace {

// Without a failure, all texts are our own.
std::string shown(const Outcome& outcome, const std::string& message) {
  const bool ours = !outcome.failure && outcome.changes.empty();
  return ours ? message : outgoing_text(message);
}

Condition observed_condition(const Outcome& outcome) {
  // A failure with an observation is a failure of the write.
  if (outcome.observed) return {ConditionType::Observed, ConditionStatus::True, Reason::AsDeclared};
  if (outcome.failure) {
    return {ConditionType::Observed, ConditionStatus::False, outcome.failure->reason,
            shown(outcome, outcome.failure->message)};
  }
  return {ConditionType::Observed, ConditionStatus::Unknown, outcome.reason,
          shown(outcome, outcome.message)};
}

Condition in_sync_condition(const Outcome& outcome) {
  Condition result{ConditionType::InSync, ConditionStatus::False, outcome.reason,
                   shown(outcome, outcome.message)};
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

std::shared_ptr<const StatusRow> new_row(const Declaration& desired, WallTime now,
                                         std::uint64_t revision) {
  StatusRow row;
  row.revision = revision;
  row.desired = desired;
  row.message = "not observed yet";
  row.state_since = now;
  for (const ConditionType type : kAllConditionTypes) {
    row.conditions[static_cast<std::size_t>(type)] = {type, ConditionStatus::Unknown,
                                                      Reason::NotObservedYet, row.message, now};
  }
  return std::make_shared<const StatusRow>(std::move(row));
}

// What still differs, each with the time when it was first observed.
std::vector<DriftSince> drift_since(const std::vector<DriftSince>& before,
                                    const std::vector<Drift>& left, WallTime now) {
  std::vector<DriftSince> result;
  for (const Drift& drift : left) {
    const auto known = std::find_if(before.begin(), before.end(), [&](const DriftSince& d) {
      return d.drift.field == drift.field;
    });
    result.push_back({drift, known == before.end() ? now : known->since});
  }
  return result;
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

// Most observations show the declared state, as before.
Shared<Findings> findings_after(const Shared<Findings>& before, const Outcome& outcome,
                                WallTime now) {
  Findings findings = *before;
  findings.trace = last_trace(outcome, before->trace);
  if (outcome.observed) {
    findings.drift = drift_since(before->drift, outcome.drift_left, now);
    findings.pending.clear();
  }
  std::vector<Change> applied;
  for (const Change& change : outcome.changes) {
    auto& list = change.result == ChangeResult::Applied ? applied : findings.pending;
    list.push_back(change);
    list.back().message = outgoing_text(change.message);
  }
  if (!applied.empty()) {
    findings.last_changes = std::move(applied);
    findings.switched_on_by_service = outcome.switched_on_by_service;
  }
  if (findings == *before) return before;
  return findings;
}

void note_observed(StatusRow& row, ObservedBy by, WallTime now) {
  (by == ObservedBy::Direct ? row.observed_directly : row.observed_by_graph) = now;
}

StatusRow updated(const StatusRow& before, const Outcome& outcome, WallTime now, ObservedBy by) {
  StatusRow row = before;
  if (row.state != outcome.state) row.state_since = now;
  row.state = outcome.state;
  row.reason = outcome.reason;
  row.message = shown(outcome, outcome.message);
  row.last_attempt = now;
  if (outcome.observed) note_observed(row, by, now);
  row.findings = findings_after(before.findings, outcome, now);
  if (has_applied(outcome)) row.last_change = now;
  // A normal wait that observed nothing proves nothing: the previous value stays.
  if (outcome.result == ReconcileResult::Retry && !outcome.observed) return row;
  set_condition(row, observed_condition(outcome), now);
  set_condition(row, in_sync_condition(outcome), now);
  set_condition(row, held_condition(outcome), now);
  if (outcome.observed) row.last_known = row.known();
  return row;
}

}  // namespace

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

KnownCounts count_known(const StatusSnapshot& snapshot) {
  KnownCounts counts;
  for (const auto& row : snapshot.rows) counts.add(*row);
  return counts;
}

std::string_view to_text(ConditionType type) {
  switch (type) {
    case ConditionType::Observed:
      return "Observed";
    case ConditionType::InSync:
      return "InSync";
    case ConditionType::Held:
      return "Held";
  }
  return "Observed";
}

std::string_view to_text(ConditionStatus status) {
  switch (status) {
    case ConditionStatus::Unknown:
      return "Unknown";
    case ConditionStatus::True:
      return "True";
    case ConditionStatus::False:
      return "False";
  }
  return "Unknown";
}

void StatusBoard::set_desired(const DesiredState& desired, WallTime now) {
  const MutexLock lock(mutex_);
  current_.desired_revision = ++current_.revision;
  std::vector<std::shared_ptr<const StatusRow>> rows;
  rows.reserve(desired.subscriptions.size());
  std::size_t never_attempted = 0;
  bool in_their_places = desired.subscriptions.size() == current_.rows.size();
  for (const Declaration& subscription : desired.subscriptions) {
    const auto place = place_of(subscription->id, rows.size());
    in_their_places = in_their_places && place == rows.size();
    if (!place) {
      ++never_attempted;
      rows.push_back(new_row(subscription, now, current_.revision));
      continue;
    }
    const auto& kept = current_.rows[*place];
    if (!kept->last_attempt) ++never_attempted;
    if (kept->desired == subscription) {
      rows.push_back(kept);
    } else {
      StatusRow row = *kept;
      row.desired = subscription;
      row.revision = current_.revision;
      rows.push_back(std::make_shared<const StatusRow>(std::move(row)));
    }
  }
  current_.rows = std::move(rows);
  size_ = current_.rows.size();
  never_attempted_ = never_attempted;
  if (!in_their_places) index_rows();
}

std::optional<std::size_t> StatusBoard::place_of(SubscriptionId id, std::size_t likely) const {
  if (likely < current_.rows.size() && current_.rows[likely]->desired->id == id) return likely;
  const auto found = index_.find(id);
  return found == index_.end() ? std::nullopt : std::optional(found->second);
}

void StatusBoard::index_rows() {
  index_.clear();
  index_.reserve(current_.rows.size());
  for (std::size_t i = 0; i < current_.rows.size(); ++i)
    index_.emplace(current_.rows[i]->desired->id, i);
}

void StatusBoard::record(const Outcome& outcome, WallTime now, std::optional<WallTime> next_due,
                         int consecutive_failures, ObservedBy by) {
  const MutexLock lock(mutex_);
  const auto found = index_.find(outcome.desired.id);
  if (found == index_.end()) return;
  auto& slot = current_.rows[found->second];
  if (!slot->last_attempt) --never_attempted_;
  StatusRow row = updated(*slot, outcome, now, by);
  if (outcome.observed) row.observed = pricings_.share(*outcome.observed);
  row.next_due = next_due;
  row.consecutive_failures = consecutive_failures;
  row.revision = ++current_.revision;
  slot = std::make_shared<const StatusRow>(std::move(row));
}

void StatusBoard::seen_by_graph(const std::vector<SubscriptionId>& ids, WallTime now) {
  const MutexLock lock(mutex_);
  for (const SubscriptionId id : ids) {
    const auto found = index_.find(id);
    if (found == index_.end()) continue;
    auto& slot = current_.rows[found->second];
    if (!slot->last_attempt) --never_attempted_;
    StatusRow row = *slot;
    note_observed(row, ObservedBy::Graph, now);
    row.last_attempt = now;
    row.revision = ++current_.revision;
    slot = std::make_shared<const StatusRow>(std::move(row));
  }
}

StatusSnapshot StatusBoard::snapshot() const {
  const MutexLock lock(mutex_);
  return current_;
}

std::shared_ptr<const StatusRow> StatusBoard::find(SubscriptionId id) const {
  const MutexLock lock(mutex_);
  const auto found = index_.find(id);
  return found == index_.end() ? nullptr : current_.rows[found->second];
}

}  // namespace defenderd
