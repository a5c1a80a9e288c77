#include "app/findings_log.h"

#include <array>
#include <string_view>

#include "base/time_text.h"
#include "base/with_count.h"
#include "core/fleet_findings.h"
#include "core/subscription_text.h"

namespace defenderd {
namespace {

std::size_t slot(FindingKind kind) { return static_cast<std::size_t>(kind); }

enum class News { Begun, Ended, Accepted, InForce, EndsSoon };

std::string until_text(const AcceptedFinding& accepted) {
  return "until " + format_rfc3339(accepted.until) + " (" + accepted.reason + ")";
}

// Of one whose acceptance is over, although it has that acceptance.
std::string_view advice_if_in_force(Finding finding) {
  finding.accepted.reset();
  return advice_on(finding);
}

std::string message_of(const Finding& finding, News news, bool soon) {
  const std::string who = name_and_id(finding.subscription_name, finding.subscription);
  if (news == News::Ended) return who + " no longer: " + finding.message;
  std::string text = who + " " + finding.message;
  if (!finding.modified.by.empty()) text += "; last changed by " + finding.modified.by;
  const bool known = finding.accepted.has_value();
  if (news == News::InForce) {
    text += "; no longer accepted" + (known ? ": it was " + until_text(*finding.accepted) : "");
    return text + "; " + std::string(advice_if_in_force(finding));
  }
  if (known) text += (soon ? "; accepted only " : "; accepted ") + until_text(*finding.accepted);
  return text + "; " + std::string(advice_on(finding));
}

std::string more_text(std::size_t count, News news) {
  const auto text = [count](std::string_view one, std::string_view many) {
    return with_count(count, one, many);
  };
  switch (news) {
    case News::Begun:
      return text("more finding began", "more findings began");
    case News::Ended:
      return text("more finding ended", "more findings ended");
    case News::Accepted:
      return text("more finding is accepted", "more findings are accepted");
    case News::InForce:
      return text("more finding is no longer accepted", "more findings are no longer accepted");
    case News::EndsSoon:
      return text("more finding is accepted for less than a day",
                  "more findings are accepted for less than a day");
  }
  return {};
}

bool is_warning(const Finding& finding, News news, bool soon) {
  if (news == News::Ended) return false;
  if (news == News::InForce || soon) return true;
  return news == News::Begun && !finding.accepted;
}

void report(const std::vector<Finding>& findings, News news, WallTime now, Journal& journal,
            Logger& log) {
  std::array<std::size_t, kAllFindingKinds.size()> lines{};
  for (const Finding& finding : findings) {
    const bool soon = news != News::Ended && news != News::InForce && ends_soon(finding, now);
    const std::string message = message_of(finding, news, soon);
    if (news != News::EndsSoon) journal.record(finding, news != News::Ended, message);
    if (++lines.at(slot(finding.kind)) > kLinesPerFinding) continue;
    log.log(is_warning(finding, news, soon) ? LogLevel::Warn : LogLevel::Info, log_event::kFinding,
            message,
            {{log_key::kSubscriptionId, finding.subscription.text()},
             {log_key::kName, finding.subscription_name},
             {log_key::kFinding, to_text(finding.kind)},
             {log_key::kResource, finding.resource},
             {log_key::kUntil, soon ? format_rfc3339(finding.accepted->until) : ""}});
  }
  for (const FindingKind kind : kAllFindingKinds) {
    if (lines.at(slot(kind)) <= kLinesPerFinding) continue;
    const std::size_t more = lines.at(slot(kind)) - kLinesPerFinding;
    log.log(LogLevel::Warn, log_event::kFinding,
            more_text(more, news) +
                " (not logged one by one); the status page and /api/v1/findings show them",
            {{log_key::kFinding, to_text(kind)}, {log_key::kCount, std::to_string(more)}});
  }
}

}  // namespace

void report_findings(const FindingNews& news, WallTime now, Journal& journal, Logger& log) {
  report(news.begun, News::Begun, now, journal, log);
  report(news.in_force, News::InForce, now, journal, log);
  report(news.ends_soon, News::EndsSoon, now, journal, log);
  report(news.accepted, News::Accepted, now, journal, log);
  report(news.ended, News::Ended, now, journal, log);
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
  std::string text = "inspected " + with_count(round.accounts, "AI account", "AI accounts") +
                     " of " + with_count(round.subscriptions, "subscription", "subscriptions");
  if (round.failed > 0) {
    text += "; " + with_count(round.failed, "subscription", "subscriptions") +
            " could not be inspected: " + round.failure;
  }
  log.log(round.failed > 0 ? LogLevel::Warn : LogLevel::Debug, log_event::kInspection, text,
          {{log_key::kCount, std::to_string(round.accounts)}});
}

}  // namespace defenderd
