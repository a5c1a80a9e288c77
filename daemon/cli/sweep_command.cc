#include "cli/sweep_command.h"

#include <unistd.h>

#include <cstdio>
#include <memory>
#include <utility>

#include "app/azure_stack.h"
#include "app/build_info.h"
#include "app/environment.h"
#include "app/resolve_once.h"
#include "app/safety_rules.h"
#include "app/state.h"
#include "app/state_sections.h"
#include "base/scrub.h"
#include "cli/complain.h"
#include "cli/findings_report.h"
#include "cli/fleet_sweep.h"
#include "cli/inspect_fleet.h"
#include "cli/load_files.h"
#include "cli/process.h"
#include "cli/progress.h"
#include "cli/sweep_report.h"
#include "telemetry/journal.h"
#include "telemetry/log.h"

namespace defenderd {
namespace {

constexpr int kError = 2;

int failed(const std::string& message) { return fail(kError, message); }

// Like the daemon's, so that no change goes unrecorded. Standard output is for the report here.
Result<std::unique_ptr<Journal>> open_journal(const std::string& path, const Clock& clock,
                                              Logger& log) {
  if (path.empty() || path == "-") return std::unique_ptr<Journal>();
  Journal::Options options;
  options.file.path = path;
  options.version = kVersion;
  return Journal::open(std::move(options), clock, log);
}

FleetSweep::Options sweep_options(const CommandLine& line, const Settings& settings,
                                  AzureStack& azure) {
  FleetSweep::Options options;
  options.permit = line.permit;
  options.plan_only = line.command != Command::Apply;
  options.poll = settings.poll;
  options.safety = safety_rules(settings);
  if (!line.confirm.empty()) options.safety.confirm = line.confirm;
  options.gate = [&azure](const Lane& lane) { return azure.throttle().ready_at(lane); };
  return options;
}

bool print(const std::string& text) {
  return std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
}

std::string apart(const std::string& text) { return text.empty() ? "" : "\n" + text; }

// Of all that a command prints on standard output.
std::string report_text(const CommandLine& line, const SweepResult& result,
                        const InspectedFleet& fleet, bool colors) {
  const bool apply = line.command == Command::Apply;
  if (line.command == Command::Findings) {
    const std::string text = line.as_json ? findings_json(fleet) : findings_text(fleet, colors);
    return text.empty() ? "no AI accounts are visible\n" : text;
  }
  if (line.as_json) return as_json(result, apply ? "Apply" : "Diff", fleet.findings);
  return as_table(result, colors) + apart(findings_text(fleet, colors));
}

}  // namespace

int sweep_once(const CommandLine& line) {
  const SignalSet signals;  // before any thread starts
  protect_memory();
  SystemClock clock;
  auto loaded = load_files(line, signals);
  if (!loaded) return kError;
  const Environment environment = read_environment();
  const Settings& settings = loaded->settings;
  auto azure = AzureStack::create(settings, environment, clock, {});
  if (!azure) return failed(azure.error().message);

  const bool apply = line.command == Command::Apply;
  const bool colors = isatty(STDOUT_FILENO) == 1 && !environment.no_color;
  Logger log(LogLevel::Warn, LogFormat::Text, clock, standard_outlets().error);
  auto journal = open_journal(apply ? settings.journal_file : "", clock, log);
  if (!journal) return failed(journal.error().message);

  auto store = open_state(settings, !apply);
  if (!store) return failed(store.error().message);

  std::unique_ptr<StateKeeper> state;
  FleetSweep::Options options = sweep_options(line, settings, **azure);
  ProgressLine progress(stderr, isatty(STDERR_FILENO) == 1 && !environment.no_color);
  options.progress = [&](std::size_t done, std::size_t of) { progress.show(done, of); };
  if (apply) {
    options.reconciled = [&](const Outcome& outcome) {
      if (*journal) (*journal)->record(outcome);
      if (line.as_json) return;
      const std::string lines = change_lines(outcome, colors);
      if (!lines.empty()) progress.above([&] { print(lines); });
    };
  }
  options.about_to_write = [&](const DesiredSubscription& desired,
                               const std::vector<Change>& changes) {
    if (*journal) (*journal)->about_to_write(desired, changes);
    state->before_write();
  };
  Result<Resolution> resolved = Resolution();
  SweepResult result;
  bool was_used = false;  // the code in --confirm
  InspectedFleet fleet;
  const bool is_findings = line.command == Command::Findings;
  const bool inspects = is_findings || (line.command == Command::Diff && settings.findings.enabled);
  const auto work = [&](const std::stop_token& stop) {
    resolved = resolve_once(std::move(loaded->desired), default_tenant(settings, environment),
                            (*azure)->visible(), stop);
    if (!resolved) return;
    if (*journal) (*journal)->set_desired(resolved->effective);
    if (resolved->effective.subscriptions.empty()) return;
    FleetSweep sweep((*azure)->plans(), clock, std::move(resolved->effective), std::move(options));
    state = std::make_unique<StateKeeper>(
        *std::move(store), clock, log, std::vector{safety_section(sweep.safety(), settings, clock)},
        StateKeeper::Options{.read_only = !apply});
    state->load();
    was_used = sweep.safety().is_spent(line.confirm);
    result = sweep.run(stop);
    state->save_if_changed();
    state.reset();
    if (is_findings && resolved->scopes.empty())
      resolved->uncovered = unmanaged_besides(**azure, result, stop);
    if (inspects && !stop.stop_requested())
      fleet = inspect_fleet(**azure, clock, settings.findings, result, resolved->uncovered, stop);
  };
  run_until_signal(signals, work, {.stopping = std::string(kStopping)});
  signals.release();
  progress.clear();
  if (!resolved) return failed(resolved.error().message);
  if (!print(report_text(line, result, fleet, colors)))
    return failed("cannot write to standard output");
  if (result.stopped || fleet.stopped)
    return failed("stopped by a signal before every subscription was observed");
  if (!line.confirm.empty() && !result.confirm_code.empty()) {
    complain("--confirm " + quoted_value(line.confirm) +
             (was_used ? " was already used" : " is for other changes") +
             "; the changes held now have the code " + result.confirm_code);
  }
  for (const ScopeConflict& conflict : resolved->conflicts) {
    static_cast<void>(failed(text_of(conflict)));
  }
  for (const ScopeMatches& scope : resolved->scopes) {
    if (scope.subscriptions == 0)
      complain(scope.text + " covers no subscription: " + why_scopes_are_empty(resolved->visible));
  }
  // Without scopes, a desired state has a subscription.
  if (result.subscriptions.empty()) return failed("the scopes cover no subscription");
  if (!resolved->conflicts.empty()) return kError;
  return is_findings ? findings_exit_code(fleet) : exit_code(result);
}

}  // namespace defenderd
