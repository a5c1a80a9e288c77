#pragma once
// What a running daemon knows of its fleet, as its API has it, in the values that a sweep gives.

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/daemon_api.h"
#include "cli/fleet_sweep.h"
#include "core/finding.h"
#include "core/scope_resolution.h"
#include "reconcile/freezes.h"
#include "telemetry/coverage_board.h"
#include "telemetry/journal_line.h"

namespace defenderd {

struct DaemonFleet {
  std::string version = {};  // printable, as the texts below
  std::string revision = {};
  std::string started = {};
  std::string settings_hash = {};
  std::string desired_hash = {};
  // By id. What is not known now has no observation, as after a failed read.
  SweepResult fleet = {};
  std::vector<std::optional<WallTime>> observed_at = {};  // of each: the last observation
  std::vector<UncoveredSubscription> uncovered = {};
  std::vector<CoverageRow> left_scope = {};  // with id, name and reason
  std::vector<Freezes::Listed> freezes = {};
  std::vector<Finding> findings = {};
  std::vector<std::string> gaps = {};  // what it does not know, for people
};

// Of a standby, which observes nothing, an Error that names the leader.
[[nodiscard]] Result<DaemonFleet> read_daemon_fleet(DaemonApi& api);

struct DaemonChanges {
  std::vector<JournalLine> lines = {};  // oldest first
  std::optional<WallTime> since = {};   // nothing is known of the time before
};
[[nodiscard]] Result<DaemonChanges> read_daemon_changes(DaemonApi& api);

}  // namespace defenderd
