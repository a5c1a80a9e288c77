#pragma once
// A daemon that holds the journal and the state, so that `apply` cannot write, and asks
// it to do the work instead.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/daemon_address.h"
#include "core/ids.h"
#include "core/outcome.h"
#include "desired/settings.h"

namespace defenderd {

// The journal or the state file, if another process has it open for writing.
[[nodiscard]] std::optional<std::string> held_by_another(const Settings& settings);

// POST /-/reconcile for each of them, or one for all if they are empty. The Error says what to do.
[[nodiscard]] Result<Done> request_reconcile(const DaemonAddress& daemon,
                                             const std::vector<SubscriptionId>& subscriptions);

// The hash of the desired state that it has in force; nullopt if it does not say.
[[nodiscard]] std::optional<std::string> desired_hash_of(const DaemonAddress& daemon);

// Of these, those that a reconcile since then has left as they were, with the daemon's reasons.
// What it does not say is not in it.
[[nodiscard]] std::map<SubscriptionId, Outcome> problems_of(
    const DaemonAddress& daemon, const std::vector<SubscriptionId>& subscriptions, WallTime since);

}  // namespace defenderd
