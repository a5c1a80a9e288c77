#include "telemetry/outcome_log.h"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/list_text.h"
#include "core/subscription_text.h"
#include "telemetry/incident_lines.h"

namespace defenderd {
namespace {

std::string who(const DesiredSubscription& subscription) {
  return name_and_id(subscription.name, subscription.id);
}

std::string what(const Drift& drift) {
  return drift.field.text() + ": " + drift.observed + " -> " + std::string(on_off(drift.desired));
}

// A state into which a subscription recovers.
bool is_good(const Outcome& outcome) {
  return !outcome.failure && outcome.observed && outcome.drift_left.empty();
}

bool differs(const Outcome& outcome, const Field& field) {
  return std::any_of(outcome.drift_left.begin(), outcome.drift_left.end(),
                     [&](const Drift& drift) { return drift.field == field; });
}

// Failures of one class differ at most in their text and ids.
std::string class_of(const Failure& failure) {
  return std::string(to_text(failure.reason)) + " " + std::to_string(failure.http_status) + " " +
         failure.arm_code;
}

// Whether the failure is that of the PUT that was to write it. The line about the failure names it.
bool is_of_failure(const Change& change, const Outcome& outcome) {
  return change.result == ChangeResult::Failed && outcome.failure &&
         change.reason == outcome.failure->reason && change.message == outcome.failure->message;
}

// "plan: off -> on, promptEvidence: off -> on: ", or "" if the failure is of another request.
std::string what_failed(const Outcome& outcome) {
  std::string text;
  for (const Change& change : outcome.changes)
    if (is_of_failure(change, outcome)) text += (text.empty() ? "" : ", ") + what(change.drift);
  return text.empty() ? text : text + ": ";
}

std::string status_text(int http_status) {
  return http_status == 0 ? "" : std::to_string(http_status);
}

}  // namespace

std::string trouble_text(const Change& change) {
  return std::string(to_text(change.result)) + " " + std::string(to_text(change.reason));
}

void OutcomeLog::record(const Outcome& outcome) {
  LogLines lines;
  {
    const MutexLock lock(mutex_);
    report(outcome, lines);
  }
  log_.log_all(lines);
}

void OutcomeLog::report(const Outcome& outcome, LogLines& lines) {
  // A retry that follows soon is not logged: it succeeds or becomes a failure. What was written
  // before it is.
  if (outcome.result == ReconcileResult::Retry) {
    for (const Change& change : outcome.changes)
      if (change.result == ChangeResult::Applied) report_change(outcome, change, lines);
    if (!log_.enabled(LogLevel::Debug)) return;
    lines.add(LogLevel::Debug, log_event::kRetry, who(outcome.desired) + " " + outcome.message,
              {{log_key::kSubscriptionId, outcome.desired.id.text()},
               {log_key::kName, outcome.desired.name},
               {log_key::kReason, to_text(outcome.reason)}});
    return;
  }
  Logged& logged = logged_[outcome.desired.id];
  const bool is_earlier = take_earlier(outcome.desired.id, logged);
  const bool has_news = report_changes(outcome, logged, lines);
  report_failure(outcome, has_news, logged, lines);
  if (is_earlier) end_recalled_incidents(lines);
  // The usual case, and rarely logged: so its message is not even built.
  if (outcome.result == ReconcileResult::InSync && log_.enabled(LogLevel::Debug)) {
    lines.add(LogLevel::Debug, log_event::kInSync, who(outcome.desired) + " is as declared",
              {{log_key::kSubscriptionId, outcome.desired.id.text()},
               {log_key::kName, outcome.desired.name}});
  }
  if (is_good(outcome)) report_recovery(outcome, logged, lines);
  if (logged.is_over()) logged_.erase(outcome.desired.id);
}

void OutcomeLog::warn_of_suspension_end(const DesiredSubscription& desired, WallTime now) {
  if (!desired.suspend) return;
  LogLines lines;
  {
    const MutexLock lock(mutex_);
    suspensions_.warn(desired, now, alike_, lines);
  }
  log_.log_all(lines);
}

void OutcomeLog::keep_only(const DesiredState& desired) {
  LogLines lines;
  {
    const MutexLock lock(mutex_);
    if (logged_.empty() && suspensions_.empty() && earlier_.empty()) return;
    std::unordered_set<SubscriptionId> declared;
    for (const DesiredSubscription& subscription : desired.subscriptions) {
      declared.insert(subscription.id);
    }
    std::erase_if(logged_, [&](const auto& entry) {
      if (declared.contains(entry.first)) return false;
      add_lines(incidents_.recovered(entry.first), lines);
      return true;
    });
    suspensions_.keep_only(declared);
    // Before that, scopes may still declare more.
    if (swept_ == SweepOf::Fleet)
      std::erase_if(earlier_, [&](const auto& entry) { return !declared.contains(entry.first); });
    to_come_.clear();
    for (const auto& [id, trouble] : earlier_)
      if (trouble.failed_for && declared.contains(id)) to_come_[*trouble.failed_for].insert(id);
    end_recalled_incidents(lines);
  }
  log_.log_all(lines);
}

void OutcomeLog::recall(Earlier earlier) {
  const MutexLock lock(mutex_);
  earlier_ = std::move(earlier);
}

// Those that failed as a part of an incident had no line, and the end of the incident has one.
bool OutcomeLog::take_earlier(SubscriptionId id, Logged& logged) {
  auto earlier = earlier_.extract(id);
  if (!earlier) return false;
  Trouble& trouble = earlier.mapped();
  logged.owes_recovery = trouble.failed_for && !incidents_.was_recalled(*trouble.failed_for);
  logged.troubles = std::move(trouble.changes);
  if (trouble.failed_for) {
    const auto alike = to_come_.find(*trouble.failed_for);
    if (alike != to_come_.end() && alike->second.erase(id) > 0 && alike->second.empty())
      to_come_.erase(alike);
  }
  return true;
}

// A retry is no observation: an incident has not ended because nobody could look.
void OutcomeLog::end_recalled_incidents(LogLines& lines) {
  if (swept_ == SweepOf::Entries) return;
  std::set<Reason> to_come;
  for (const auto& [reason, ids] : to_come_) to_come.insert(reason);
  add_lines(incidents_.observed_again(to_come), lines);
}

bool OutcomeLog::report_changes(const Outcome& outcome, Logged& logged, LogLines& lines) {
  // A reconcile that observed nothing says nothing about earlier problems.
  if (!outcome.observed && outcome.changes.empty()) return false;
  bool has_news = false;
  std::map<Field, std::string> before = std::exchange(logged.troubles, {});
  const std::set<Field> of_failure = std::exchange(logged.of_failure, {});
  const std::set<Field> passing = std::exchange(logged.passing, {});
  for (const Change& change : outcome.changes) {
    if (change.result == ChangeResult::Planned) continue;  // the cause is logged as a failure
    const auto known = before.find(change.drift.field);
    if (change.result == ChangeResult::Applied) {
      report_change(outcome, change, lines);
    } else {
      // A brake that has held it before only waits until the fleet is observed again. Anything else
      // waits for a moment as a rule, and has a line if that lasts until the next reconcile.
      const bool for_fleet = change.reason == Reason::FleetNotObserved;
      if (for_fleet && known == before.end() && !passing.contains(change.drift.field)) {
        logged.passing.insert(change.drift.field);
        continue;
      }
      std::string trouble =
          for_fleet && known != before.end() ? known->second : trouble_text(change);
      const bool is_news = known == before.end() || known->second != trouble;
      if (is_of_failure(change, outcome)) {
        has_news = has_news || is_news;
        logged.of_failure.insert(change.drift.field);
      } else if (is_news) {
        report_change(outcome, change, lines);
      }
      logged.troubles.emplace(change.drift.field, std::move(trouble));
    }
    if (known != before.end()) before.erase(known);
  }
  // What remains still differs without a new change, or was not found again: someone else corrected
  // it, or it is no longer declared.
  for (auto& [field, trouble] : before) {
    if (differs(outcome, field)) {
      if (of_failure.contains(field)) logged.of_failure.insert(field);
      logged.troubles.emplace(field, std::move(trouble));
    } else if (!of_failure.contains(field)) {
      logged.owed.insert(field);
    }
  }
  for (const Change& change : outcome.changes) logged.owed.erase(change.drift.field);
  if (!outcome.switched_on_by_service.empty()) {
    const std::string names = joined(outcome.switched_on_by_service);
    lines.add(LogLevel::Info, log_event::kSwitchedOnByService,
              who(outcome.desired) + " the service also switched on: " + names,
              {{log_key::kSubscriptionId, outcome.desired.id.text()},
               {log_key::kName, outcome.desired.name},
               {log_key::kExtensions, names}});
  }
  return has_news;
}

void OutcomeLog::report_change(const Outcome& outcome, const Change& change, LogLines& lines) {
  const bool applied = change.result == ChangeResult::Applied;
  const bool failed = change.result == ChangeResult::Failed;
  // Everything that was written has its line.
  if (!applied &&
      !alike_.has_line(failed ? AlikeLines::Kind::ChangeFailed : AlikeLines::Kind::Withheld,
                       change.reason))
    return;
  std::string message = who(outcome.desired) + " " + what(change.drift);
  if (!change.message.empty()) message += ": " + change.message;
  lines.add(applied || is_expected(change.reason) ? LogLevel::Info : LogLevel::Warn,
            applied  ? log_event::kCorrected
            : failed ? log_event::kChangeFailed
                     : log_event::kWithheld,
            message,
            {{log_key::kSubscriptionId, outcome.desired.id.text()},
             {log_key::kName, outcome.desired.name},
             {log_key::kField, change.drift.field.text()},
             {log_key::kFrom, change.drift.observed},
             {log_key::kTo, on_off(change.drift.desired)},
             {log_key::kResult, to_text(change.result)},
             {log_key::kReason, applied ? std::string_view() : to_text(change.reason)},
             {log_key::kRequestId, change.trace.request_id},
             {log_key::kCorrelationId, change.trace.correlation_id},
             {log_key::kClientRequestId, change.trace.client_request_id}});
}

void OutcomeLog::report_failure(const Outcome& outcome, bool has_news, Logged& logged,
                                LogLines& lines) {
  if (!outcome.failure) {
    if (!logged.failure.empty()) end_failure(outcome.desired.id, logged, lines);
    return;
  }
  const Failure& failure = *outcome.failure;
  std::string now = class_of(failure);
  const bool is_same = now == logged.failure;
  if (is_same && !(has_news && logged.failure_has_line)) {
    ++logged.repeated;
    return;
  }
  Incidents::News news;
  if (!is_same) news = incidents_.failed(outcome.desired, failure);
  add_lines(news, lines);
  if (!news.part_of_incident) {
    logged.failure_has_line = true;
    // A failure that needs a person is an error; the others are retried automatically.
    lines.add(failure.next == NextTry::Slow ? LogLevel::Error : LogLevel::Warn, log_event::kFailed,
              who(outcome.desired) + " " + what_failed(outcome) + failure.message,
              {{log_key::kSubscriptionId, outcome.desired.id.text()},
               {log_key::kName, outcome.desired.name},
               {log_key::kReason, to_text(failure.reason)},
               {log_key::kHttpStatus, status_text(failure.http_status)},
               {log_key::kArmCode, failure.arm_code},
               {log_key::kRequestId, failure.trace.request_id},
               {log_key::kCorrelationId, failure.trace.correlation_id},
               {log_key::kClientRequestId, failure.trace.client_request_id}});
  }
  logged.failure = std::move(now);
  logged.repeated = 0;
}

// The subscription can have another problem.
void OutcomeLog::end_failure(SubscriptionId id, Logged& logged, LogLines& lines) {
  add_lines(incidents_.recovered(id), lines);
  logged.owes_recovery = logged.owes_recovery || logged.failure_has_line;
  logged.failure.clear();
  logged.failure_has_line = false;
}

void OutcomeLog::report_recovery(const Outcome& outcome, Logged& logged, LogLines& lines) {
  for (const Field& field : logged.owed) {
    if (!alike_.has_line(AlikeLines::Kind::Recovered, Reason::AsDeclared)) continue;
    lines.add(LogLevel::Info, log_event::kRecovered,
              who(outcome.desired) + " " + field.text() + " no longer differs",
              {{log_key::kSubscriptionId, outcome.desired.id.text()},
               {log_key::kName, outcome.desired.name},
               {log_key::kField, field.text()},
               {log_key::kState, to_text(outcome.state)}});
  }
  logged.owed.clear();
  if (logged.owes_recovery) {
    const std::string repeated = logged.repeated == 0 ? "" : std::to_string(logged.repeated);
    lines.add(LogLevel::Info, log_event::kRecovered,
              who(outcome.desired) + " recovered, state " + std::string(to_text(outcome.state)),
              {{log_key::kSubscriptionId, outcome.desired.id.text()},
               {log_key::kName, outcome.desired.name},
               {log_key::kState, to_text(outcome.state)},
               {log_key::kRepeated, repeated}});
  }
  logged.owes_recovery = false;
  logged.repeated = 0;
}

void OutcomeLog::sweep_completed(SweepOf of) {
  LogLines lines;
  {
    const MutexLock lock(mutex_);
    swept_ = std::max(swept_, of);
    end_recalled_incidents(lines);
    alike_.end_sweep(lines);
  }
  log_.log_all(lines);
}

}  // namespace defenderd
