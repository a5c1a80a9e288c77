#pragma once
// The tables of a report that are about a period: what the journal has of it. Pure.

#include <cstddef>
#include <string>

#include "base/clock.h"
#include "cli/journal_summary.h"
#include "cli/report_document.h"
#include "telemetry/journal_line.h"

namespace defenderd {

class JournalEvidence {
 public:
  // The period ends `now`.
  JournalEvidence(WallTime since, WallTime now) : since_(since), now_(now) {}

  // The lines of the whole journal, oldest first: a drift of the period may have begun before.
  void add(const JournalLine& line);

  // Those that lasted in the period: what, how long, and who made them.
  [[nodiscard]] ReportTable drifts() const;
  // What was written, or may have been: what let it through, and where it was declared.
  [[nodiscard]] const ReportTable& changes() const { return changes_; }
  // What people decided: held changes confirmed, freezes begun and ended.
  [[nodiscard]] const ReportTable& decisions() const { return decisions_; }

  [[nodiscard]] const std::string& first() const { return first_; }  // time of the first line
  [[nodiscard]] std::size_t gaps() const { return gaps_; }           // in the period

 private:
  const WallTime since_;
  const WallTime now_;
  JournalSummary summary_;
  std::string first_;
  std::size_t gaps_ = 0;
  ReportTable changes_{"change",
                       "changes",
                       "Changes made",
                       "Nothing was changed.",
                       {{"time", "Time"},
                        {"id", "Id"},
                        {"name", "Name"},
                        {"field", "What"},
                        {"from", "From"},
                        {"to", "To"},
                        {"result", "Result"},
                        {"problem", "Why it failed"},
                        {"reason", "Declared reason"},
                        {"by", "By"},
                        {"withheld", "Withheld before"},
                        {"confirmed", "Confirmed by code"},
                        {"desiredHash", "Desired state"},
                        {"commit", "Commit"},
                        {"correlationId", "Correlation id"}}};
  ReportTable decisions_{
      "decision",
      "decisions",
      "Decisions of people",
      "No held changes were confirmed, and no freeze was started or ended.",
      {{"time", "Time"}, {"kind", "Kind"}, {"by", "By"}, {"confirmed", "Code"}, {"what", "What"}}};
};

}  // namespace defenderd
