#pragma once
// The rows of a running daemon's API as values. Pure. nullopt: it is not such a row.

#include <optional>

#include "base/clock.h"
#include "cli/fleet_sweep.h"
#include "core/finding.h"
#include "core/scope_resolution.h"
#include "net/json_document.h"
#include "reconcile/freezes.h"
#include "telemetry/coverage_board.h"
#include "telemetry/journal_line.h"

namespace defenderd {

// Of /api/v1/subscriptions/{id}.
[[nodiscard]] std::optional<SweptSubscription> swept_of(const JsonValue& row);
// Of /api/v1/findings.
[[nodiscard]] std::optional<Finding> finding_of(const JsonValue& row);
// Of /api/v1/undeclared; nullopt also for one that is not visible.
[[nodiscard]] std::optional<UncoveredSubscription> uncovered_of(const JsonValue& row);
// Of the same, those that a scope covered before: id, name and reason.
[[nodiscard]] std::optional<CoverageRow> left_scope_of(const JsonValue& row);
// Of /api/v1/status.
[[nodiscard]] Freezes::Listed freeze_of(const JsonValue& row);
// Of /api/v1/changes: the line of the journal that it was made of, as far as the API has it.
[[nodiscard]] JournalLine line_of(const JsonValue& row);

[[nodiscard]] std::optional<WallTime> time_in(const JsonValue& object, std::string_view name);

}  // namespace defenderd
