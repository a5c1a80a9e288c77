#pragma once
// The findings of many subscriptions, and their AI accounts by state. Pure.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "core/ai_account.h"
#include "core/finding.h"
#include "core/ids.h"

namespace defenderd {

// The end of the message of AccountsUnprotected where the plan is off and declared on.
inline constexpr std::string_view kDeclaredOn = "although it is declared on";

using AccountCounts = std::array<std::size_t, kAllAccountStates.size()>;  // by AccountState

// A visible subscription that nothing declares.
[[nodiscard]] ProtectedAs unmanaged(SubscriptionId id, const std::string& name,
                                    std::optional<bool> plan_on);

// What a person should do about a finding. Where the plan is declared on, it is a drift that
// defenderd corrects, which advice_on() of the kind cannot know.
[[nodiscard]] std::string_view advice_on(const Finding& finding);

// Adds the findings of one subscription, without `since`, and its accounts.
void add_findings(const ProtectedAs& subscription, const Inspection& inspection, WallTime now,
                  std::vector<Finding>& findings, AccountCounts& accounts);

}  // namespace defenderd
