#pragma once
// What `diff`, `apply` and `findings` share: files, Azure, and the sweep that shows a plan.

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "app/azure_stack.h"
#include "app/environment.h"
#include "app/open_writes.h"
#include "base/clock.h"
#include "base/result.h"
#include "cli/fleet_sweep.h"
#include "cli/options.h"
#include "cli/plan_table.h"
#include "cli/process.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "core/scope_resolution.h"
#include "reconcile/freezes.h"
#include "telemetry/coverage_board.h"
#include "telemetry/log.h"
#include "telemetry/state_keeper.h"

namespace defenderd {

class SweepSession {
 public:
  // nullptr on an error, which is printed.
  [[nodiscard]] static std::unique_ptr<SweepSession> open(const CommandLine& line,
                                                          const SignalSet& signals);

  [[nodiscard]] const CommandLine& line() const { return line_; }
  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] AzureStack& azure() { return *azure_; }
  [[nodiscard]] SystemClock& clock() { return clock_; }
  [[nodiscard]] Logger& log() { return log_; }
  [[nodiscard]] ProgressLine& progress() { return progress_; }
  [[nodiscard]] Layout layout() const;
  // Of this machine; "" if it is not known.
  [[nodiscard]] const std::string& host_name() const { return environment_.host_name; }

  struct Plan {
    Resolution resolution;  // of the scopes; its `effective` is `desired`
    DesiredState desired;
    std::optional<std::set<SubscriptionId>> selected;
    SweepResult result;
    std::vector<CoverageRow> left_scope = {};  // by the state of the daemon: declared no longer
    // That the scopes have not listed, and why list_unmanaged() could not either.
    std::set<std::optional<TenantId>> not_listed = {};
    std::vector<std::string> unlisted = {};
    // Why it is not known what earlier writes left open; "" if it is, or there is no state.
    std::string state_problem = {};
    bool code_was_used = false;  // the one of --confirm, before
    bool code_fits = false;      // it confirms what would be held
  };
  // Writes nothing, and needs neither the journal nor the lock of the state. Call once. The Error
  // says why there is no plan.
  [[nodiscard]] Result<Plan> make_plan(const std::stop_token& stop);

  // Adds to plan.resolution what is visible and unmanaged in the other tenants of the desired
  // state, or to plan.unlisted why a tenant could not be listed.
  void list_unmanaged(Plan& plan, const std::stop_token& stop);

  // Those of the settings, and, once the state is read, those of the API.
  [[nodiscard]] Freezes& freezes() { return freezes_; }
  // The sections of the state that a sweep needs.
  [[nodiscard]] std::vector<StateSection> state_sections(FleetSweep& sweep, OpenWrites& open);
  // What the state has now of what earlier writes left open, for a further sweep beside a daemon.
  void recall_open_writes(FleetSweep& sweep);

  // For all sweeps of this session.
  [[nodiscard]] FleetSweep::Options sweep_options();

 private:
  SweepSession(const CommandLine& line, Environment environment);

  const CommandLine& line_;
  SystemClock clock_;
  const Environment environment_;
  const Terminal terminal_ = read_terminal();
  Logger log_;
  ProgressLine progress_;
  Settings settings_;
  Freezes freezes_{clock_};
  DesiredState declared_;
  std::unique_ptr<AzureStack> azure_;
};

// On standard output; false if it cannot be written.
[[nodiscard]] bool print_report(const std::string& text);

// Complains that the sweep was given up, and returns the exit code that follows, if it was.
[[nodiscard]] std::optional<int> complain_of_silence(const SweepResult& result);

// Complains about what the scopes, or the code of --confirm, do not do, and returns the exit code
// that follows, if that is an error.
[[nodiscard]] std::optional<int> complain_about(const SweepSession::Plan& plan,
                                                const CommandLine& line);

}  // namespace defenderd
