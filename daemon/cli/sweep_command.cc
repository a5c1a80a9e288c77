#include "cli/sweep_command.h"

#include <memory>
#include <string>

#include "cli/apply_command.h"
#include "cli/command_text.h"
#include "cli/complain.h"
#include "cli/findings_report.h"
#include "cli/inspect_fleet.h"
#include "cli/process.h"
#include "cli/running_daemon.h"
#include "cli/sweep_counts.h"
#include "cli/sweep_report.h"
#include "cli/sweep_session.h"

namespace defenderd {
namespace {

std::string apart(const std::string& text) { return text.empty() ? "" : "\n" + text; }

std::string report(const SweepSession& session, const SweepSession::Plan& plan,
                   const InspectedFleet& fleet) {
  const CommandLine& line = session.line();
  if (line.command == Command::Findings) {
    if (line.as_json) return findings_json(fleet);
    std::string text =
        not_readable_report(plan.result, session.layout()) + findings_text(fleet, session.layout());
    if (!text.empty()) return text;
    return fleet.stopped ? "" : "no AI accounts are visible\n";
  }
  if (line.as_json) return as_json(plan.result, "Diff", fleet.findings);
  const bool by_daemon =
      session.settings().coordination.enabled || held_by_another(session.settings()).has_value();
  return plan_report(plan.result, confirming(line, plan.result, by_daemon), session.layout()) +
         apart(findings_text(fleet, session.layout()));
}

InspectedFleet inspect(SweepSession& session, SweepSession::Plan& plan,
                       const std::stop_token& stop) {
  const bool is_findings = session.line().command == Command::Findings;
  if (is_findings && !has_no_token(plan.result)) session.list_unmanaged(plan, stop);
  if (stop.stop_requested() || (!is_findings && !session.settings().findings.enabled)) {
    InspectedFleet none;
    none.stopped = stop.stop_requested();
    return none;
  }
  // Without a selection, what nobody manages counts too.
  const bool is_part = plan.selected.has_value();
  InspectedFleet fleet =
      inspect_fleet(session.azure(), session.clock(), session.settings().findings, plan.result,
                    is_part ? std::vector<UncoveredSubscription>() : plan.resolution.uncovered,
                    session.progress(), stop);
  fleet.unlisted = plan.unlisted;
  return fleet;
}

}  // namespace

int show_plan(const CommandLine& line) {
  const SignalSet signals;  // before any thread starts
  const auto session = SweepSession::open(line, signals);
  if (!session) return kExitError;
  Result<SweepSession::Plan> plan = Unexpected(Error{});
  InspectedFleet fleet;
  bool is_stopped = false;
  const auto work = [&](const std::stop_token& stop) {
    plan = session->make_plan(stop);
    if (plan && !plan->result.subscriptions.empty() && plan->result.given_up.empty())
      fleet = inspect(*session, *plan, stop);
    is_stopped = stop.stop_requested();
  };
  run_until_signal(signals, work, {.stopping = kStopping});
  signals.release();
  session->progress().clear();
  if (!plan) return fail(is_stopped ? kExitInterrupted : kExitError, plan.error().message);
  if (const auto silent = complain_of_silence(plan->result)) return *silent;
  if (!print_report(report(*session, *plan, fleet)))
    return fail(kExitError, "cannot write to standard output");
  if (is_stopped) {
    if (fleet.stopped || line.command == Command::Findings)
      complain("stopped by a signal before every AI account was inspected");
    return kExitInterrupted;
  }
  if (const auto error = complain_about(*plan, line)) return *error;
  if (line.command != Command::Findings || has_no_token(plan->result))
    return exit_code(plan->result);
  return findings_exit_code(fleet);
}

}  // namespace defenderd
