#pragma once
// Findings and inspections as lines of the log and of the journal.

#include <cstddef>
#include <string>
#include <vector>

#include "core/finding.h"
#include "reconcile/inspector.h"
#include "telemetry/journal.h"
#include "telemetry/log.h"

namespace defenderd {

// So many findings of a kind have a line of their own when they begin at once, or end; then one
// line says how many more there are. The journal has all of them.
inline constexpr std::size_t kLinesPerFinding = 10;

struct FindingNews {
  std::vector<Finding> begun = {};
  std::vector<Finding> ended = {};
  // Known before. Those of `in_force` have the acceptance that is over, if that is known.
  std::vector<Finding> accepted = {};
  std::vector<Finding> in_force = {};
  std::vector<Finding> ends_soon = {};  // the acceptance, within a day
};

void report_findings(const FindingNews& news, Journal& journal, Logger& log);

// Each is the action that the identity lacks, "" for none.
void report_denied(const std::string& before, const std::string& now, Logger& log);

void report_round(const InspectionRound& round, Logger& log);

}  // namespace defenderd
