#pragma once
// What a report has whether it comes from a sweep or from a running daemon.

#include <cstddef>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/report_document.h"
#include "cli/report_journal.h"
#include "cli/sweep_counts.h"
#include "telemetry/coverage_board.h"

namespace defenderd {

struct ReportPeriod {
  WallTime since;
  WallTime until;  // when the report is made
};

// The start of the head: when, by whom, for which period and by which program. `host_name` may be
// empty.
[[nodiscard]] std::vector<ReportFact> made_by(const ReportPeriod& period,
                                              const std::string& host_name);
// The end of the head.
[[nodiscard]] std::vector<ReportFact> count_facts(const SweepCounts& counts);

// A journal's file for the head: "journal.jsonl, since 2026-01-01T00:00:00Z".
[[nodiscard]] std::string journal_text(const std::string& path, const JournalEvidence& evidence);
// What that file lacks of the period. `unreadable`: lines of it.
[[nodiscard]] std::vector<std::string> journal_gaps(const JournalEvidence& evidence, WallTime since,
                                                    std::size_t unreadable);
// Subscriptions that a scope covered before, and that nothing declares now.
[[nodiscard]] std::vector<std::string> gaps_of_scopes(const std::vector<CoverageRow>& left);
// Appends what the journal shows.
void add_journal_tables(const JournalEvidence& evidence, std::vector<ReportTable>& tables);

}  // namespace defenderd
