#include "telemetry/incident_lines.h"

#include <string>
#include <vector>

#include "base/list_text.h"
#include "base/time_text.h"
#include "core/scope.h"

namespace defenderd {
namespace {

std::string text_of(const Incidents::Notice& notice) {
  const Incident& incident = notice.incident;
  std::string what = std::string(to_text(incident.cause.reason)) + ", " + incident.cause.concerns;
  switch (notice.kind) {
    case Incidents::Notice::Kind::Started:
      return "incident (" + what + "): " + count_text(incident.subscriptions, 0) +
             " and maybe more fail for one cause: " + incident.message + ". For example " +
             joined(incident.examples);
    case Incidents::Notice::Kind::Grown:
      return "incident (" + what + "): now " + count_text(incident.subscriptions, 0);
    case Incidents::Notice::Kind::Changed:
      return "incident (" + what + "): the reason was " + std::string(to_text(notice.before)) +
             "; now " + count_text(incident.subscriptions, 0) +
             (incident.subscriptions == 1 ? " fails: " : " fail: ") + incident.message;
    case Incidents::Notice::Kind::Ended:
      return "incident ended (" + what + ") after " + format_duration(notice.lasted) + ": it hit " +
             count_text(incident.most, 0) + " at once" +
             (incident.subscriptions == 0
                  ? ""
                  : "; " + count_text(incident.subscriptions, 0) +
                        (incident.subscriptions == 1 ? " still fails" : " still fail") +
                        " for this reason, for example " + joined(incident.examples));
  }
  return what;
}

}  // namespace

void add_lines(const Incidents::News& news, LogLines& lines) {
  for (const Incidents::Notice& notice : news.notices) {
    const bool ended = notice.kind == Incidents::Notice::Kind::Ended;
    lines.add(ended ? LogLevel::Info : LogLevel::Error, log_event::kIncident, text_of(notice),
              {{log_key::kReason, to_text(notice.incident.cause.reason)},
               {log_key::kCount, std::to_string(notice.incident.subscriptions)}});
  }
}

}  // namespace defenderd
