#include "app/findings_log.h"

#include <array>

#include "core/fleet_findings.h"
#include "core/subscription_text.h"

namespace defenderd {
namespace {

std::size_t slot(FindingKind kind) { return static_cast<std::size_t>(kind); }

std::string message_of(const Finding& finding, bool begun) {
  const std::string who = name_and_id(finding.subscription_name, finding.subscription);
  if (!begun) return who + " no longer: " + finding.message;
  std::string text = who + " " + finding.message;
  if (!finding.modified.by.empty()) text += "; last changed by " + finding.modified.by;
  if (finding.accepted) text += "; accepted: " + finding.accepted->reason;
  return text + "; " + std::string(advice_on(finding));
}

void report(const std::vector<Finding>& findings, bool begun, Journal& journal, Logger& log) {
  std::array<std::size_t, kAllFindingKinds.size()> lines{};
  for (const Finding& finding : findings) {
    const std::string message = message_of(finding, begun);
    journal.record(finding, begun, message);
    if (++lines.at(slot(finding.kind)) > kLinesPerFinding) continue;
    log.log(begun && !finding.accepted ? LogLevel::Warn : LogLevel::Info, log_event::kFinding,
            message,
            {{log_key::kSubscriptionId, finding.subscription.text()},
             {log_key::kName, finding.subscription_name},
             {log_key::kFinding, to_text(finding.kind)},
             {log_key::kResource, finding.resource}});
  }
  for (const FindingKind kind : kAllFindingKinds) {
    if (lines.at(slot(kind)) <= kLinesPerFinding) continue;
    const std::string more = std::to_string(lines.at(slot(kind)) - kLinesPerFinding);
    log.log(LogLevel::Warn, log_event::kFinding,
            more + " more findings " + (begun ? "began" : "ended") +
                ", without a line each; the status page and /api/v1/findings show them",
            {{log_key::kFinding, to_text(kind)}, {log_key::kCount, more}});
  }
}

}  // namespace

void report_findings(const FindingNews& news, Journal& journal, Logger& log) {
  report(news.begun, true, journal, log);
  report(news.ended, false, journal, log);
}

void report_denied(const std::string& before, const std::string& now, Logger& log) {
  if (now == before) return;
  if (now.empty()) {
    log.log(LogLevel::Info, log_event::kInspection, "all of the AI accounts can be seen");
    return;
  }
  log.log(LogLevel::Warn, log_event::kInspection,
          "not all of the AI accounts can be seen: the identity lacks the action " + now +
              "; grant it as in deploy/azure, or set findings.enabled: off");
}

void report_round(const InspectionRound& round, Logger& log) {
  std::string text = "inspected " + std::to_string(round.accounts) + " AI accounts of " +
                     std::to_string(round.subscriptions) + " subscriptions";
  if (round.failed > 0) {
    text += "; " + std::to_string(round.failed) +
            " subscriptions could not be inspected: " + round.failure;
  }
  log.log(round.failed > 0 ? LogLevel::Warn : LogLevel::Debug, log_event::kInspection, text,
          {{log_key::kCount, std::to_string(round.accounts)}});
}

}  // namespace defenderd
