#pragma once
// Where each subscription of a sweep stands, and the numbers and the exit code that follow. Pure.

#include <cstddef>
#include <string>

#include "cli/fleet_sweep.h"

namespace defenderd {

enum class Standing {
  InSync,
  ToChange,     // something would be written, or was not written yet
  Withheld,     // it differs, and nothing of it may be written
  Failing,      // it was observed, and something failed
  NotReadable,  // ARM did not answer, or its answer was refused
  NotReached,   // the sweep was stopped before its turn
  NotSelected,
};
[[nodiscard]] Standing standing_of(const SweptSubscription& swept);

struct SweepCounts {
  std::size_t subscriptions = 0;  // selected ones, as all of these except the last
  std::size_t in_sync = 0;
  std::size_t to_change = 0;
  std::size_t to_switch_off = 0;  // of these, where something is switched off
  std::size_t skipped = 0;        // would be written, but not in this run
  std::size_t withheld = 0;
  std::size_t failing = 0;
  std::size_t not_readable = 0;
  std::size_t not_reached = 0;
  std::size_t changed = 0;       // by this run
  std::size_t switched_off = 0;  // of these, where something was switched off
  std::size_t not_selected = 0;

  std::size_t changes_applied = 0;
  std::size_t changes_planned = 0;
  std::size_t plans_on = 0;  // of these, the plan itself goes on
  std::size_t changes_withheld = 0;
  std::size_t changes_failed = 0;

  // Observed, and not as declared.
  [[nodiscard]] std::size_t differ() const { return to_change + skipped + withheld + failing; }
};
[[nodiscard]] SweepCounts count(const SweepResult& result);

// Of `diff`, `apply` and `findings`.
inline constexpr int kExitInSync = 0;
inline constexpr int kExitDrift = 1;
inline constexpr int kExitError = 2;          // bad usage, bad files, no credential, no token
inline constexpr int kExitPartly = 3;         // a subscription could not be observed
inline constexpr int kExitInterrupted = 130;  // by a signal, as shells say it of Ctrl-C
[[nodiscard]] int exit_code(const SweepResult& result);
// Whether nothing could be observed because there is no token at all.
[[nodiscard]] bool has_no_token(const SweepResult& result);

// The number and its noun: "1 subscription", "3,000 subscriptions".
[[nodiscard]] std::string subscriptions_text(std::size_t count);

// One line: "Plan: 7 subscriptions to change (on 4, off 3), 283 in sync, 10 not readable".
[[nodiscard]] std::string plan_summary(const SweepCounts& counts);
// "Applied: 7 subscriptions changed (on 4, off 3), 290 in sync, 10 not readable".
[[nodiscard]] std::string apply_summary(const SweepCounts& counts);
// Of a sweep that a signal has stopped.
[[nodiscard]] std::string stopped_summary(const SweepCounts& counts);

}  // namespace defenderd
