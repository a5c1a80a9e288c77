#pragma once
// The tables of a report that are about what is declared and observed now. Pure.

#include <vector>

#include "base/clock.h"
#include "cli/fleet_sweep.h"
#include "cli/inspect_fleet.h"
#include "cli/report_document.h"
#include "core/scope_resolution.h"
#include "reconcile/freezes.h"

namespace defenderd {

// What is declared and what was observed, one row for each subscription.
[[nodiscard]] ReportTable subscriptions_table(const std::vector<SweptSubscription>& swept);

// Whatever keeps a subscription from being corrected or a finding from being raised, and declared
// reasons: by whom, why, and until when.
[[nodiscard]] ReportTable exceptions_table(const std::vector<SweptSubscription>& swept,
                                           const std::vector<Freezes::Listed>& freezes,
                                           WallTime now);

[[nodiscard]] ReportTable findings_table(const std::vector<Finding>& findings);

// Visible to the identity, and managed by nobody.
[[nodiscard]] ReportTable unmanaged_table(const std::vector<UncoveredSubscription>& uncovered);

// "2026-12-24T00:00:00Z"
[[nodiscard]] std::string report_time(WallTime time);

}  // namespace defenderd
