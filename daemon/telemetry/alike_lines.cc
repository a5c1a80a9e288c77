#include "telemetry/alike_lines.h"

#include <string>

#include "base/with_count.h"
#include "telemetry/incidents.h"

namespace defenderd {
namespace {

void report_more(AlikeLines::Kind kind, Reason reason, std::size_t count, LogLines& lines) {
  const std::string number = std::to_string(count);
  if (kind == AlikeLines::Kind::Recovered) {
    lines.add(LogLevel::Info, log_event::kRecovered,
              with_count(count, "more field no longer differs", "more fields no longer differ") +
                  " (not logged one by one)",
              {{log_key::kCount, number}});
    return;
  }
  if (kind == AlikeLines::Kind::SuspensionEnds) {
    lines.add(LogLevel::Warn, log_event::kSuspensionEnds,
              with_count(count, "more suspension ends", "more suspensions end") +
                  " within a day (not logged one by one); /api/v1/subscriptions shows " +
                  (count == 1 ? "it" : "them"),
              {{log_key::kCount, number}});
    return;
  }
  lines.add(is_expected(reason) ? LogLevel::Info : LogLevel::Warn,
            kind == AlikeLines::Kind::Withheld ? log_event::kWithheld : log_event::kChangeFailed,
            with_count(count, "more change", "more changes") + " (not logged one by one), reason " +
                std::string(to_text(reason)) + "; the status page and /api/v1/subscriptions show " +
                (count == 1 ? "it" : "them"),
            {{log_key::kReason, to_text(reason)}, {log_key::kCount, number}});
}

}  // namespace

bool AlikeLines::has_line(Kind kind, Reason reason) {
  return ++counts_[{kind, reason}] <= Incidents::kFew;
}

void AlikeLines::end_sweep(LogLines& lines) {
  for (const auto& [alike, count] : std::exchange(counts_, {})) {
    if (count > Incidents::kFew)
      report_more(alike.first, alike.second, count - Incidents::kFew, lines);
  }
}

}  // namespace defenderd
