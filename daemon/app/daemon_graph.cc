// How the daemon takes what Azure Resource Graph shows of the fleet.

#include <utility>

#include "app/daemon.h"
#include "base/time_text.h"

namespace defenderd {
namespace {

std::string fields_of(const std::vector<Change>& changes) {
  std::string text;
  for (const Change& change : changes)
    text += (text.empty() ? "" : ", ") + change.drift.field.text();
  return text;
}

// "" when all have an answer.
std::string message_of(const BulkPass& pass) {
  if (pass.unanswered == 0) return "";
  const std::string instead = "; " + std::to_string(pass.unanswered) + " of " +
                              std::to_string(pass.subscriptions) +
                              " subscriptions are read directly meanwhile";
  if (pass.distrusted) {
    return "Azure Resource Graph showed too many subscriptions as declared that were not, and is "
           "not asked for a while" +
           instead;
  }
  return pass.failure->message + instead;
}

Reason reason_of(const BulkPass& pass) {
  return pass.failure ? pass.failure->reason : Reason::AsDeclared;
}

}  // namespace

BulkSweeper::Listener Daemon::bulk_listener() {
  BulkSweeper::Listener listener;
  listener.passed = [this](const BulkPass& pass) { on_bulk_pass(pass); };
  listener.queried = [this](bool ok) { metrics_.graph_queried(ok); };
  listener.switched_off = [this] {
    metrics_.graph_passed(0);
    const std::scoped_lock lock(mutex_);
    bulk_pass_.reset();
  };
  return listener;
}

void Daemon::on_bulk_seen(const BulkSeen& seen) {
  for (const BulkSeen::First& first : seen.first) {
    board_.record(first.outcome, seen.at, first.next_due, 0, ObservedBy::Graph);
    outcome_log_.record(first.outcome);
    safety_->record(first.outcome);
  }
  if (!seen.first.empty()) show_brakes();
  board_.seen_by_graph(seen.again, seen.at);
}

// Told when it begins, when its reason changes and when it ends.
void Daemon::on_bulk_pass(const BulkPass& pass) {
  metrics_.graph_passed(pass.unanswered);
  std::optional<BulkPass> before;
  {
    const std::scoped_lock lock(mutex_);
    before = std::exchange(bulk_pass_, pass);
  }
  const bool was_well = !before || before->unanswered == 0;
  if (pass.unanswered == 0) {
    if (was_well) return;
    log_.log(LogLevel::Info, log_event::kGraphAvailable,
             "Azure Resource Graph answers again for all " + std::to_string(pass.subscriptions) +
                 " subscriptions",
             {{log_key::kCount, std::to_string(pass.subscriptions)}});
    return;
  }
  if (!was_well && before->distrusted == pass.distrusted && reason_of(*before) == reason_of(pass))
    return;
  const ArmTrace trace = pass.failure ? pass.failure->trace : ArmTrace{};
  log_.log(LogLevel::Warn, log_event::kGraphUnavailable, message_of(pass),
           {{log_key::kReason, pass.failure ? to_text(pass.failure->reason) : ""},
            {log_key::kArmCode, pass.failure ? pass.failure->arm_code : ""},
            {log_key::kRequestId, trace.request_id},
            {log_key::kCorrelationId, trace.correlation_id},
            {log_key::kCount, std::to_string(pass.unanswered)}});
}

void Daemon::on_bulk_disagreed(const Outcome& outcome, const BulkDisagreement& disagreement) {
  metrics_.graph_disagreed();
  if (!disagreement.first && !disagreement.distrusted_for) return;
  std::string message = "a direct look found drift (" + fields_of(outcome.changes) +
                        ") where Azure Resource Graph had shown none";
  if (disagreement.distrusted_for) {
    message += "; it did so too often, so that all subscriptions are read directly for the next " +
               format_duration(*disagreement.distrusted_for);
  }
  log_.log(LogLevel::Warn, log_event::kGraphDisagrees, message,
           {{log_key::kSubscriptionId, outcome.desired.id.text()},
            {log_key::kName, outcome.desired.name}});
}

std::optional<DaemonStatus::Graph> Daemon::graph_status() const {
  const std::scoped_lock lock(mutex_);
  if (settings_.poll.strategy == PollStrategy::Direct) return std::nullopt;
  DaemonStatus::Graph status;
  if (bulk_pass_) {
    status.last_pass = bulk_pass_->at;
    status.subscriptions = bulk_pass_->subscriptions;
    status.unanswered = bulk_pass_->unanswered;
    status.message = message_of(*bulk_pass_);
  }
  return status;
}

}  // namespace defenderd
