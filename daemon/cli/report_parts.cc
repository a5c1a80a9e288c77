#include "cli/report_parts.h"

#include <string_view>

#include "app/build_info.h"
#include "base/scrub.h"
#include "base/text.h"
#include "base/with_count.h"
#include "cli/open_journal.h"
#include "cli/report_fleet.h"

namespace defenderd {
namespace {

ReportFact number(std::string_view key, std::string_view title, std::size_t count) {
  return {key, title, std::to_string(count), ReportKind::Number};
}

}  // namespace

std::vector<ReportFact> made_by(const ReportPeriod& period, const std::string& host_name) {
  const std::string host = printable(host_name);
  return {
      {"made", "Made", report_time(period.until)},
      {"madeBy", "Made by", user_name() + (host.empty() ? "" : " on " + host)},
      {"since", "Period from", report_time(period.since)},
      {"until", "Period until", report_time(period.until)},
      {"version", "Version",
       "defenderd " + std::string(kVersion) + " (revision " + std::string(kRevision) + ")"},
  };
}

std::vector<ReportFact> count_facts(const SweepCounts& counts) {
  return {
      number("subscriptions", "Subscriptions", counts.subscriptions),
      number("asDeclared", "As declared", counts.in_sync),
      number("different", "Not as declared", counts.differ()),
      number("notObserved", "Not observed", counts.not_readable + counts.not_reached),
  };
}

std::string journal_text(const std::string& path, const JournalEvidence& evidence) {
  const std::string& first = evidence.first();
  return shown_path(path) + (first.empty() ? ", empty" : ", since " + first);
}

std::vector<std::string> journal_gaps(const JournalEvidence& evidence, WallTime since,
                                      std::size_t unreadable) {
  std::vector<std::string> gaps;
  const std::string& first = evidence.first();
  if (!first.empty() && first > report_time(since))
    gaps.push_back("the journal begins within the period, at " + first);
  if (unreadable > 0) {
    gaps.push_back(with_count(unreadable, "line", "lines") + " of the journal could not be read");
  }
  return gaps;
}

std::vector<std::string> gaps_of_scopes(const std::vector<CoverageRow>& left) {
  constexpr std::size_t kMostNames = 20;
  std::vector<std::string> gaps;
  const auto add = [&](CoverageReason reason, const char* one, const char* many) {
    std::size_t count = 0;
    std::string names;
    for (const CoverageRow& row : left) {
      if (row.reason != reason || ++count > kMostNames) continue;
      names += names.empty() ? "" : ", ";
      names += row.name.empty() ? row.id.text() : printable(row.name) + " (" + row.id.text() + ")";
    }
    if (count > kMostNames) names += " and " + std::to_string(count - kMostNames) + " more";
    if (count > 0) gaps.push_back(with_count(count, one, many) + ": " + names);
  };
  add(CoverageReason::LeftScope, "subscription no longer matches the scope that covered it",
      "subscriptions no longer match the scopes that covered them");
  add(CoverageReason::OutOfSight,
      "subscription that a scope covered is no longer visible to the identity",
      "subscriptions that scopes covered are no longer visible to the identity");
  return gaps;
}

void add_journal_tables(const JournalEvidence& evidence, std::vector<ReportTable>& tables) {
  tables.push_back(evidence.drifts());
  tables.push_back(evidence.changes());
  tables.push_back(evidence.decisions());
}

}  // namespace defenderd
