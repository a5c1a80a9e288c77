#include "telemetry/outcome_log.h"

#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/time_text.h"

namespace defenderd {
namespace {

std::string who(const DesiredSubscription& subscription) {
  const std::string id = subscription.id.text();
  return subscription.name.empty() ? id : subscription.name + " (" + id + ")";
}

std::string what(const Drift& drift) {
  return drift.field.text() + ": " + drift.observed + " -> " + std::string(on_off(drift.desired));
}

std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (const std::string& word : words) result += (result.empty() ? "" : ", ") + word;
  return result;
}

// Failures of one class differ at most in their text and ids.
std::string class_of(const Failure& failure) {
  return std::string(to_text(failure.reason)) + " " + std::to_string(failure.http_status) + " " +
         failure.arm_code;
}

std::string status_text(int http_status) {
  return http_status == 0 ? "" : std::to_string(http_status);
}

}  // namespace

void OutcomeLog::record(const Outcome& outcome) {
  LogLines lines;
  {
    const MutexLock lock(mutex_);
    report(outcome, lines);
  }
  log_.log_all(lines);
}

void OutcomeLog::report(const Outcome& outcome, LogLines& lines) {
  // A retry that follows soon is not logged: it succeeds or becomes a failure.
  if (outcome.result == ReconcileResult::Retry) {
    if (!log_.enabled(LogLevel::Debug)) return;
    lines.add(LogLevel::Debug, log_event::kRetry, who(outcome.desired) + " " + outcome.message,
              {{log_key::kSubscriptionId, outcome.desired.id.text()},
               {log_key::kName, outcome.desired.name},
               {log_key::kReason, to_text(outcome.reason)}});
    return;
  }
  Logged& logged = logged_[outcome.desired.id];
  report_changes(outcome, logged, lines);
  report_failure(outcome, logged, lines);
  // The usual case, and rarely logged: so its message is not even built.
  if (outcome.result == ReconcileResult::InSync && log_.enabled(LogLevel::Debug)) {
    lines.add(LogLevel::Debug, log_event::kInSync, who(outcome.desired) + " is as declared",
              {{log_key::kSubscriptionId, outcome.desired.id.text()},
               {log_key::kName, outcome.desired.name}});
  }
  if (logged.failure.empty() && logged.troubles.empty()) logged_.erase(outcome.desired.id);
}

void OutcomeLog::warn_of_suspension_end(const DesiredSubscription& desired, WallTime now) {
  constexpr auto kAhead = std::chrono::hours(24);
  if (!desired.suspend) return;
  const Suspension& suspension = *desired.suspend;
  if (suspension.until <= now || suspension.until - now > kAhead) return;
  {
    const MutexLock lock(mutex_);
    if (std::exchange(ends_logged_[desired.id], suspension.until) == suspension.until) return;
  }
  const std::string until = format_rfc3339(suspension.until);
  std::string message = who(desired) + " suspension ends at " + until;
  if (!suspension.reason.empty()) message += " (" + suspension.reason + ")";
  message += desired.mode == Mode::Enforce ? "; drift is corrected after that"
                                           : "; mode observe applies after that";
  log_.log(LogLevel::Warn, log_event::kSuspensionEnds, message,
           {{log_key::kSubscriptionId, desired.id.text()},
            {log_key::kName, desired.name},
            {log_key::kUntil, until}});
}

void OutcomeLog::keep_only(const DesiredState& desired) {
  const MutexLock lock(mutex_);
  if (logged_.empty() && ends_logged_.empty()) return;
  std::unordered_set<SubscriptionId> declared;
  for (const DesiredSubscription& subscription : desired.subscriptions) {
    declared.insert(subscription.id);
  }
  std::erase_if(logged_, [&](const auto& entry) { return !declared.contains(entry.first); });
  std::erase_if(ends_logged_, [&](const auto& entry) { return !declared.contains(entry.first); });
}

void OutcomeLog::report_changes(const Outcome& outcome, Logged& logged, LogLines& lines) {
  // A reconcile that observed nothing says nothing about earlier problems.
  if (!outcome.observed && outcome.changes.empty()) return;
  std::map<Field, std::string> before = std::exchange(logged.troubles, {});
  for (const Change& change : outcome.changes) {
    if (change.result == ChangeResult::Planned) continue;  // the cause is logged as a failure
    const auto known = before.find(change.drift.field);
    if (change.result == ChangeResult::Applied) {
      report_change(outcome, change, lines);
    } else {
      std::string trouble =
          std::string(to_text(change.result)) + " " + std::string(to_text(change.reason));
      if (known == before.end() || known->second != trouble) report_change(outcome, change, lines);
      logged.troubles.emplace(change.drift.field, std::move(trouble));
    }
    if (known != before.end()) before.erase(known);
  }
  // What remains was not found again: someone else corrected it, or it is no longer declared.
  for (const auto& [field, trouble] : before) {
    lines.add(LogLevel::Info, log_event::kRecovered,
              who(outcome.desired) + " " + field.text() + " no longer differs",
              {{log_key::kSubscriptionId, outcome.desired.id.text()},
               {log_key::kName, outcome.desired.name},
               {log_key::kField, field.text()},
               {log_key::kState, to_text(outcome.state)}});
  }
  if (!outcome.switched_on_by_service.empty()) {
    const std::string names = joined(outcome.switched_on_by_service);
    lines.add(LogLevel::Info, log_event::kSwitchedOnByService,
              who(outcome.desired) + " the service also switched on: " + names,
              {{log_key::kSubscriptionId, outcome.desired.id.text()},
               {log_key::kName, outcome.desired.name},
               {log_key::kExtensions, names}});
  }
}

void OutcomeLog::report_change(const Outcome& outcome, const Change& change, LogLines& lines) {
  std::string message = who(outcome.desired) + " " + what(change.drift);
  if (!change.message.empty()) message += ": " + change.message;
  const bool applied = change.result == ChangeResult::Applied;
  const bool failed = change.result == ChangeResult::Failed;
  lines.add(applied ? LogLevel::Info : LogLevel::Warn,
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

void OutcomeLog::report_failure(const Outcome& outcome, Logged& logged, LogLines& lines) {
  const std::string now = outcome.failure ? class_of(*outcome.failure) : "";
  if (!now.empty() && now == logged.failure) {
    ++logged.repeated;
    return;
  }
  const std::string repeated = logged.repeated == 0 ? "" : std::to_string(logged.repeated);
  if (outcome.failure) {
    const Failure& failure = *outcome.failure;
    // A failure that needs a person is an error; the others are retried automatically.
    lines.add(failure.next == NextTry::Slow ? LogLevel::Error : LogLevel::Warn, log_event::kFailed,
              who(outcome.desired) + " " + failure.message,
              {{log_key::kSubscriptionId, outcome.desired.id.text()},
               {log_key::kName, outcome.desired.name},
               {log_key::kReason, to_text(failure.reason)},
               {log_key::kHttpStatus, status_text(failure.http_status)},
               {log_key::kArmCode, failure.arm_code},
               {log_key::kRequestId, failure.trace.request_id},
               {log_key::kCorrelationId, failure.trace.correlation_id},
               {log_key::kClientRequestId, failure.trace.client_request_id}});
  } else if (!logged.failure.empty()) {
    lines.add(LogLevel::Info, log_event::kRecovered,
              who(outcome.desired) + " recovered, state " + std::string(to_text(outcome.state)),
              {{log_key::kSubscriptionId, outcome.desired.id.text()},
               {log_key::kName, outcome.desired.name},
               {log_key::kState, to_text(outcome.state)},
               {log_key::kRepeated, repeated}});
  }
  logged.failure = now;
  logged.repeated = 0;
}

}  // namespace defenderd
