#include "app/findings_log.h"

#include <array>
#include <string_view>

#include "base/time_text.h"
#include "core/fleet_findings.h"
#include "core/subscription_text.h"

namespace defenderd {
namespace {

std::size_t slot(FindingKind kind) { return static_cast<std::size_t>(kind); }

enum class News { Begun, Ended, Accepted, InForce, EndsSoon };

std::string until_text(const AcceptedFinding& accepted) {
  return "until " + format_rfc3339(accepted.until) + " (" + accepted.reason + ")";
}

std::string message_of(const Finding& finding, News news) {
  const std::string who = name_and_id(finding.subscription_name, finding.subscription);
  if (news == News::Ended) return who + " no longer: " + finding.message;
  std::string text = who + " " + finding.message;
  if (!finding.modified.by.empty()) text += "; last changed by " + finding.modified.by;
  const bool known = finding.accepted.has_value();
  if (news == News::InForce) {
    text += "; no longer accepted" + (known ? ": it was " + until_text(*finding.accepted) : "");
  } else if (news == News::EndsSoon && known) {
    text += "; accepted only " + until_text(*finding.accepted);
  } else if (known) {
    text += "; accepted " + until_text(*finding.accepted);
  }
  return text + "; " + std::string(advice_on(finding));
}

std::string_view more_text(News news) {
  switch (news) {
    case News::Begun:
      return " more findings began";
    case News::Ended:
      return " more findings ended";
    case News::Accepted:
      return " more findings are accepted";
    case News::InForce:
      return " more findings are no longer accepted";
    case News::EndsSoon:
      return " more findings are accepted for less than a day";
  }
  return "";
}

bool is_warning(const Finding& finding, News news) {
  if (news == News::InForce || news == News::EndsSoon) return true;
  return news == News::Begun && !finding.accepted;
}

void report(const std::vector<Finding>& findings, News news, Journal& journal, Logger& log) {
  std::array<std::size_t, kAllFindingKinds.size()> lines{};
  for (const Finding& finding : findings) {
    const std::string message = message_of(finding, news);
    if (news != News::EndsSoon) journal.record(finding, news != News::Ended, message);
    if (++lines.at(slot(finding.kind)) > kLinesPerFinding) continue;
    const bool has_end = news == News::EndsSoon && finding.accepted;
    log.log(is_warning(finding, news) ? LogLevel::Warn : LogLevel::Info, log_event::kFinding,
            message,
            {{log_key::kSubscriptionId, finding.subscription.text()},
             {log_key::kName, finding.subscription_name},
             {log_key::kFinding, to_text(finding.kind)},
             {log_key::kResource, finding.resource},
             {log_key::kUntil, has_end ? format_rfc3339(finding.accepted->until) : ""}});
  }
  for (const FindingKind kind : kAllFindingKinds) {
    if (lines.at(slot(kind)) <= kLinesPerFinding) continue;
    const std::string more = std::to_string(lines.at(slot(kind)) - kLinesPerFinding);
    log.log(LogLevel::Warn, log_event::kFinding,
            more + std::string(more_text(news)) +
                " (not logged one by one); the status page and /api/v1/findings show them",
            {{log_key::kFinding, to_text(kind)}, {log_key::kCount, more}});
  }
}

}  // namespace

void report_findings(const FindingNews& news, Journal& journal, Logger& log) {
  report(news.begun, News::Begun, journal, log);
  report(news.in_force, News::InForce, journal, log);
  report(news.ends_soon, News::EndsSoon, journal, log);
  report(news.accepted, News::Accepted, journal, log);
  report(news.ended, News::Ended, journal, log);
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
