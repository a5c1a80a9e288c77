#include "cli/report_journal.h"

#include <algorithm>
#include <map>

#include "base/scrub.h"
#include "base/text.h"
#include "base/time_text.h"
#include "cli/report_fleet.h"
#include "server/lines_json.h"
#include "telemetry/journal_reader.h"

namespace defenderd {
namespace {

using Span = JournalSummary::DriftSpan;

// Without milliseconds, as the other times of a report.
std::string time_of(const std::string& text) {
  const auto time = parse_rfc3339(text);
  return time ? report_time(*time) : printable(text);
}

// "plan off -> on, promptEvidence": what the journal has of each field.
std::string fields_of(const Span& span) {
  std::map<std::string, std::string> fields = span.changes;
  for (const auto& [field, ending] : span.endings) fields.try_emplace(field);
  std::string text;
  for (const auto& [field, change] : fields) {
    text += (text.empty() ? "" : ", ") + printable(field);
    if (!change.empty()) text += " " + printable(change);
  }
  return text;
}

std::string ending_of(const Span& span) {
  if (span.is_lasting()) return "lasts";
  if (span.endings.empty()) return "not known";
  const auto has = [&](std::string_view how) {
    return std::any_of(span.endings.begin(), span.endings.end(),
                       [&](const auto& each) { return each.second == how; });
  };
  if (has(journal_result::kApplied)) return "corrected";
  return has("undeclared") ? "no longer declared" : "ended without a write";
}

// Empty if nobody is named.
std::string who(const JournalLine& line) {
  const std::string& named = line.actor.empty() ? line.by : line.actor;
  if (!named.empty() || line.result != journal_result::kConfirmed) return printable(named);
  return "settings";  // where a daemon reads its code
}

}  // namespace

void JournalEvidence::add(const JournalLine& line) {
  if (first_.empty()) first_ = time_of(line.time);
  summary_.add(line);
  const auto time = parse_rfc3339(line.time);
  if (time && *time < since_) return;
  if (line.result == journal_result::kGap) ++gaps_;
  if (line.result == journal_result::kApplied || line.result == journal_result::kFailed ||
      line.result == kUnknownResult) {
    std::string problem = line.reason;
    if (!line.message.empty()) problem += (problem.empty() ? "" : ": ") + line.message;
    changes_.rows.push_back(
        {time_of(line.time), printable(line.subscription_id), printable(line.name),
         printable(line.field), printable(line.from), printable(line.to),
         line.maybe_applied ? "failed, may still be applied" : printable(line.result),
         outgoing_text(problem), outgoing_text(line.declared_reason),
         line.by.empty() ? "defenderd" : printable(line.by), printable(line.was_withheld),
         printable(line.confirmed), printable(line.desired_hash), printable(line.commit),
         printable(line.correlation_id)});
  }
  if (line.result == journal_result::kConfirmed || line.result == journal_result::kFreeze ||
      line.result == journal_result::kThaw || line.result == journal_result::kGap) {
    decisions_.rows.push_back({time_of(line.time), printable(line.result), who(line),
                               printable(line.confirmed), outgoing_text(line.message)});
  }
}

ReportTable JournalEvidence::drifts() const {
  ReportTable table{"drift",
                    "drifts",
                    "Drifts",
                    "No drift is recorded.",
                    {{"id", "Id"},
                     {"name", "Name"},
                     {"what", "What"},
                     {"since", "Since"},
                     {"until", "Until"},
                     {"seconds", "Lasted", ReportKind::Seconds},
                     {"ending", "Ending"},
                     {"withheld", "Not corrected because"},
                     {"actorKind", "Actor"},
                     {"by", "By"},
                     {"client", "With"}}};
  for (const JournalSummary::Drift& drift : summary_.drifts()) {
    const Span& span = drift.span;
    if (!span.is_lasting() && span.until.value_or(span.since) < since_) continue;
    const auto until = span.is_lasting() ? std::optional(now_) : span.until;
    table.rows.push_back({printable(drift.subscription_id), printable(drift.name), fields_of(span),
                          report_time(span.since),
                          span.is_lasting() || !span.until ? "" : report_time(*span.until),
                          until ? std::to_string(whole_seconds(span.since, *until)) : "",
                          ending_of(span), printable(span.withheld), printable(span.actor_kind),
                          outgoing_text(span.actor), printable(span.client)});
  }
  return table;
}

}  // namespace defenderd
