#pragma once
// `defenderd apply` while a daemon holds the journal: the daemon is asked to do the work.

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/sweep_session.h"

namespace defenderd {

// That the daemon that holds `held` confirms this code itself, and where to write it.
[[nodiscard]] std::string confirm_there(const CommandLine& line, const std::string& held,
                                        const std::string& code);

// Why the daemon that holds `held` cannot be asked, and what to do instead.
[[nodiscard]] std::optional<std::string> cannot_ask(const CommandLine& line,
                                                    const Settings& settings,
                                                    const std::string& held);

// Asks it to reconcile these (`is_part`), or all, and observes them until they are as declared or
// a minute has passed. The Error says what to do.
[[nodiscard]] Result<SweepResult> apply_beside(SweepSession& session,
                                               const SweepSession::Plan& plan,
                                               const std::vector<SubscriptionId>& writable,
                                               bool is_part, const std::stop_token& stop);

}  // namespace defenderd
