#pragma once
// The findings of many subscriptions, and their AI accounts by state. Pure.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/ai_account.h"
#include "core/finding.h"
#include "core/ids.h"

namespace defenderd {

using AccountCounts = std::array<std::size_t, kAllAccountStates.size()>;  // by AccountState

// A visible subscription that nothing declares.
[[nodiscard]] ProtectedAs unmanaged(SubscriptionId id, const std::string& name,
                                    std::optional<bool> plan_on);

// Adds the findings of one subscription, without `since`, and its accounts.
void add_findings(const ProtectedAs& subscription, const Inspection& inspection, WallTime now,
                  std::vector<Finding>& findings, AccountCounts& accounts);

}  // namespace defenderd
