#pragma once
// One inspection of the AI accounts of a fleet, for `findings`, `diff` and `import`.

#include <cstddef>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/azure_stack.h"
#include "base/clock.h"
#include "cli/fleet_sweep.h"
#include "cli/progress.h"
#include "core/finding.h"
#include "core/fleet_findings.h"
#include "core/scope_resolution.h"
#include "desired/settings.h"
#include "reconcile/inspector.h"

namespace defenderd {

struct InspectedFleet {
  std::vector<Finding> findings = {};
  AccountCounts accounts = {};
  InspectionRound round = {};
  std::size_t holding = 0;       // subscriptions with AI accounts
  std::size_t not_observed = 0;  // subscriptions whose plan is not known
  // Why unmanaged subscriptions are missing, each for a tenant.
  std::vector<std::string> unlisted = {};
  bool stopped = false;  // before it was complete
};

// `uncovered`: visible and unmanaged subscriptions, which count too.
[[nodiscard]] InspectedFleet inspect_fleet(AzureStack& azure, Clock& clock,
                                           const FindingSettings& settings,
                                           const SweepResult& swept,
                                           const std::vector<UncoveredSubscription>& uncovered,
                                           ProgressLine& progress, const std::stop_token& stop);

// How many AI accounts each of these has; nullopt where that cannot be found out.
[[nodiscard]] std::map<SubscriptionId, std::optional<std::size_t>> count_accounts(
    AzureStack& azure, const std::optional<TenantId>& tenant,
    const std::vector<SubscriptionId>& subscriptions, const std::stop_token& stop);

}  // namespace defenderd
