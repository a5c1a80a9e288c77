#pragma once
// Findings and inspections as lines of the log and of the journal.

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/finding.h"
#include "reconcile/inspector.h"
#include "telemetry/journal.h"
#include "telemetry/log.h"

namespace defenderd {

// So many findings of a kind have a line of their own when they begin at once, or end; then one
// line says how many more there are. The journal has all of them.
inline constexpr std::size_t kLinesPerFinding = 10;

// How long before its end people are warned of an acceptance, as of a suspension.
inline constexpr Duration kAcceptanceEndsSoon = std::chrono::hours(24);

[[nodiscard]] inline bool ends_soon(const Finding& finding, WallTime now) {
  return finding.accepted && finding.accepted->until - now <= kAcceptanceEndsSoon;
}

struct FindingNews {
  std::vector<Finding> begun = {};
  std::vector<Finding> ended = {};
  // Known before. Those of `in_force` have the acceptance that is over, if that is known.
  std::vector<Finding> accepted = {};
  std::vector<Finding> in_force = {};
  // The acceptance ends within a day, and is not among the news above.
  std::vector<Finding> ends_soon = {};
};

void report_findings(const FindingNews& news, WallTime now, Journal& journal, Logger& log);

// Each is the action that the identity lacks, "" for none.
void report_denied(const std::string& before, const std::string& now, Logger& log);

void report_round(const InspectionRound& round, Logger& log);

}  // namespace defenderd
