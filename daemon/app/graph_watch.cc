#include "app/graph_watch.h"

#include <string>
#include <utility>

#include "base/list_text.h"
#include "base/time_text.h"
#include "base/with_count.h"

namespace defenderd {
namespace {

std::string fields_of(const std::vector<Change>& changes) {
  return joined(changes, [](const Change& change) { return change.drift.field.text(); });
}

// Why subscriptions of the pass have no answer, and what happens to them; "" if all have one.
std::string message_of(const BulkPass& pass) {
  if (pass.unanswered == 0) return "";
  const std::string instead = "; " + std::to_string(pass.unanswered) + " of " +
                              with_count(pass.subscriptions, "subscription", "subscriptions") +
                              (pass.unanswered == 1 ? " is" : " are") + " read directly meanwhile";
  if (pass.distrusted) {
    return "Azure Resource Graph showed too many subscriptions as declared that were not, and is "
           "not queried for a while" +
           instead;
  }
  return pass.failure->message + instead;
}

Reason reason_of(const BulkPass& pass) {
  return pass.failure ? pass.failure->reason : Reason::AsDeclared;
}

bool is_complete(const BulkPass& pass) { return pass.unanswered == 0; }

bool has_same_cause(const BulkPass& a, const BulkPass& b) {
  return a.distrusted == b.distrusted && reason_of(a) == reason_of(b);
}

}  // namespace

BulkSweeper::Listener GraphWatch::listener() {
  BulkSweeper::Listener listener;
  listener.passed = [this](const BulkPass& pass) { passed(pass); };
  listener.queried = [this](bool ok) { metrics_.graph_queried(ok); };
  listener.switched_off = [this] { switched_off(); };
  return listener;
}

void GraphWatch::disagreed(const Outcome& outcome, const BulkDisagreement& disagreement) {
  metrics_.graph_disagreed();
  if (!disagreement.first && !disagreement.distrusted_for) return;
  std::string message = "a direct read found drift (" + fields_of(outcome.changes) +
                        ") that Azure Resource Graph had not shown";
  if (disagreement.distrusted_for) {
    message += "; this happened too often, so all subscriptions are read directly for the next " +
               format_duration(*disagreement.distrusted_for);
  }
  log_.log(LogLevel::Warn, log_event::kGraphDisagrees, message,
           {{log_key::kSubscriptionId, outcome.desired.id.text()},
            {log_key::kName, outcome.desired.name}});
}

void GraphWatch::set_in_use(bool in_use) {
  const MutexLock lock(mutex_);
  in_use_ = in_use;
}

std::optional<DaemonStatus::Graph> GraphWatch::status() const {
  const MutexLock lock(mutex_);
  if (!in_use_) return std::nullopt;
  DaemonStatus::Graph status;
  if (last_pass_) {
    status.last_pass = last_pass_->at;
    status.subscriptions = last_pass_->subscriptions;
    status.unanswered = last_pass_->unanswered;
    status.message = message_of(*last_pass_);
  }
  return status;
}

// Logs a line when passes start to be incomplete, when the cause changes, and when they are
// complete again.
void GraphWatch::passed(const BulkPass& pass) {
  metrics_.graph_passed(pass.unanswered);
  std::optional<BulkPass> before;
  {
    const MutexLock lock(mutex_);
    before = std::exchange(last_pass_, pass);
  }
  const bool was_complete = !before || is_complete(*before);
  if (is_complete(pass)) {
    if (was_complete) return;
    const std::string count = std::to_string(pass.subscriptions);
    log_.log(LogLevel::Info, log_event::kGraphAvailable,
             "Azure Resource Graph answers again for all " + count + " subscriptions",
             {{log_key::kCount, count}});
    return;
  }
  if (!was_complete && has_same_cause(*before, pass)) return;
  const ArmTrace trace = pass.failure ? pass.failure->trace : ArmTrace{};
  log_.log(LogLevel::Warn, log_event::kGraphUnavailable, message_of(pass),
           {{log_key::kReason, pass.failure ? to_text(pass.failure->reason) : ""},
            {log_key::kArmCode, pass.failure ? pass.failure->arm_code : ""},
            {log_key::kRequestId, trace.request_id},
            {log_key::kCorrelationId, trace.correlation_id},
            {log_key::kCount, std::to_string(pass.unanswered)}});
}

void GraphWatch::switched_off() {
  metrics_.graph_passed(0);
  const MutexLock lock(mutex_);
  last_pass_.reset();
}

}  // namespace defenderd
