#pragma once
// The result of a sweep, as text for people and as JSON for programs. Pure.

#include <string>
#include <vector>

#include "cli/fleet_sweep.h"
#include "core/finding.h"
#include "core/outcome.h"

namespace defenderd {

struct SweepCounts {
  std::size_t subscriptions = 0;
  std::size_t in_sync = 0;
  std::size_t differ = 0;        // drift remains, or the last write is not verified
  std::size_t not_observed = 0;  // ARM did not answer, or its answer was refused
  std::size_t applied = 0;       // changes, as the following
  std::size_t planned = 0;
  std::size_t switches_on = 0;  // of these, the plan itself
  std::size_t withheld = 0;
  std::size_t failed = 0;
};
[[nodiscard]] SweepCounts count(const SweepResult& result);

// 0 all in sync, 1 drift remains, 2 stopped or not everything could be observed.
[[nodiscard]] int exit_code(const SweepResult& result);

// A row for each remaining change, the reason for each, and a summary. With `colors` for a
// terminal.
[[nodiscard]] std::string as_table(const SweepResult& result, bool colors);

// One object, which config/README.md documents. `kind` is "Diff" or "Apply".
[[nodiscard]] std::string as_json(const SweepResult& result, std::string_view kind,
                                  const std::vector<Finding>& findings = {});

// "corrected  chat-prod (6f2b...) plan: off -> on", one line for each change that was written, or
// whose write failed, in this reconcile; "" if there is none.
[[nodiscard]] std::string change_lines(const Outcome& outcome, bool colors);

}  // namespace defenderd
