#pragma once
// The result of a sweep, as text for people and as JSON for programs. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "cli/fleet_sweep.h"
#include "cli/plan_table.h"
#include "core/finding.h"
#include "core/outcome.h"

namespace defenderd {

// What would be changed, why the rest is not, and a summary. `confirming` is the command, or the
// line of the settings, that confirms held changes.
[[nodiscard]] std::string plan_report(const SweepResult& result, const std::string& confirming,
                                      const Layout& layout);

// What could not be read and why; "" if everything was.
[[nodiscard]] std::string not_readable_report(const SweepResult& result, const Layout& layout);

// After the plan was applied: what was not changed and why, and a summary.
[[nodiscard]] std::string apply_report(const SweepResult& result, const std::string& confirming,
                                       const Layout& layout);

// "corrected  chat-prod  plan off -> on", one line for what was written to a subscription; "" if
// nothing was.
[[nodiscard]] std::string change_lines(const Outcome& outcome, const Layout& layout);

// One object, which config/README.md documents. `kind` is "Diff" or "Apply".
[[nodiscard]] std::string as_json(const SweepResult& result, std::string_view kind,
                                  const std::vector<Finding>& findings = {});

}  // namespace defenderd
