#include "cli/report_command.h"

#include <cstdio>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/scrub.h"
#include "base/text.h"
#include "base/with_count.h"
#include "cli/complain.h"
#include "cli/findings_report.h"
#include "cli/inspect_fleet.h"
#include "cli/journal_command.h"
#include "cli/new_file.h"
#include "cli/report_daemon.h"
#include "cli/report_document.h"
#include "cli/report_fleet.h"
#include "cli/report_journal.h"
#include "cli/report_parts.h"
#include "cli/sweep_counts.h"
#include "cli/sweep_session.h"
#include "telemetry/journal_reader.h"

namespace defenderd {
namespace {

// What the journal has, or why it has nothing.
struct JournalPart {
  JournalEvidence evidence;
  std::string path = {};
  std::string missing = {};
  std::size_t unreadable = 0;
};

JournalPart read_evidence(const CommandLine& line, const Settings& settings,
                          const ReportPeriod& period) {
  JournalPart part{JournalEvidence(period.since, period.until)};
  part.path = line.journal_file.empty() ? settings.journal_file : line.journal_file;
  if (part.path.empty()) {
    part.missing = line.config_path + " has no journal: set journal.file, or use --file";
  } else if (part.path == "-") {
    part.missing = "the journal goes to standard output: collect it in a file, and use --file";
  } else {
    const auto reading =
        read_journal(part.path, {}, [&](const JournalLine& entry) { part.evidence.add(entry); });
    if (!reading) {
      part.missing = reading.error().message;
    } else if (reading->is_no_journal()) {
      part.missing = no_journal_text(part.path, reading->unreadable);
    } else {
      part.unreadable = reading->unreadable;
    }
  }
  return part;
}

std::string with_hash(const std::string& path, const std::string& hash, const std::string& commit) {
  std::string text = shown_path(path) + " (content " + hash;
  if (!commit.empty()) text += ", commit " + printable(commit);
  return text + ")";
}

std::vector<ReportFact> head_of(SweepSession& session, const SweepSession::Plan& plan,
                                const ReportPeriod& period, const JournalPart& journal) {
  const CommandLine& line = session.line();
  std::vector<ReportFact> head = made_by(period, session.host_name());
  head.push_back(
      {"settings", "Settings", with_hash(line.config_path, session.settings().hash, "")});
  head.push_back({"desiredState", "Desired state",
                  with_hash(line.desired_path, plan.desired.hash, plan.desired.commit)});
  head.push_back({"identity", "Azure and identity", outgoing_text(session.azure().description())});
  head.push_back({"journal", "Journal",
                  journal.missing.empty() ? journal_text(journal.path, journal.evidence) : "none"});
  for (ReportFact& fact : count_facts(count(plan.result))) head.push_back(std::move(fact));
  return head;
}

std::vector<std::string> gaps_of(const SweepSession::Plan& plan, const InspectedFleet& fleet,
                                 const ReportPeriod& period, const JournalPart& journal) {
  std::vector<std::string> gaps;
  const SweepCounts counts = count(plan.result);
  const std::size_t unknown = counts.not_readable + counts.not_reached;
  if (unknown > 0) {
    gaps.push_back(with_count(unknown, "subscription", "subscriptions") +
                   " could not be observed: the table of subscriptions says why");
  }
  if (!plan.state_problem.empty()) {
    gaps.push_back("extensions that Azure shows as on and that failed may be missing: " +
                   outgoing_text(plan.state_problem));
  }
  for (const ScopeConflict& conflict : plan.resolution.conflicts)
    gaps.push_back(outgoing_text(text_of(conflict)));
  for (std::string& gap : gaps_of_scopes(plan.left_scope)) gaps.push_back(std::move(gap));
  for (const std::string& why : plan.unlisted)
    gaps.push_back("visible subscriptions that are not managed may be missing: " +
                   outgoing_text(why));
  if (!journal.missing.empty()) {
    gaps.push_back("no drifts, changes and decisions: " + outgoing_text(journal.missing));
  }
  for (std::string& gap : journal_gaps(journal.evidence, period.since, journal.unreadable))
    gaps.push_back(std::move(gap));
  if (journal.evidence.gaps() > 0)
    gaps.emplace_back("lines are missing in the journal: see the decisions of kind gap");
  for (const std::string& denied : denied_texts(fleet.round))
    gaps.push_back("findings may be missing: " + denied);
  if (fleet.round.failed > 0) {
    gaps.push_back("the AI accounts of " +
                   with_count(fleet.round.failed, "subscription", "subscriptions") +
                   " could not be inspected: " + outgoing_text(fleet.round.failure));
  }
  return gaps;
}

std::string text_of(const ReportDocument& report, const std::string& format) {
  if (format == "csv") return report_csv(report);
  if (format == "html") return report_html(report);
  if (format == "json") return report_json(report);
  return report_markdown(report);
}

int write(const CommandLine& line, const std::string& text, int code) {
  if (line.output_file.empty())
    return print_report(text) ? code : fail(kExitError, "cannot write to standard output");
  if (auto written = write_new_file(line.output_file, text); !written)
    return fail(kExitError, written.error().message);
  complain("wrote " + shown_path(line.output_file));
  return code;
}

int write_report_of_daemon(const CommandLine& line, const ReportPeriod& period) {
  ignore_signals_of_writes();
  const auto report = report_of_daemon(line, period);
  if (!report) return fail(kExitError, report.error().message);
  for (const std::string& gap : report->document.gaps) complain(gap);
  return write(line, text_of(report->document, report_format(line)), report->code);
}

struct Observed {
  Result<SweepSession::Plan> plan = Unexpected(Error{});
  InspectedFleet fleet = {};
  bool is_stopped = false;
};

Observed observe(SweepSession& session, const SignalSet& signals) {
  Observed seen;
  const auto work = [&](const std::stop_token& stop) {
    seen.plan = session.make_plan(stop);
    if (seen.plan && !seen.plan->result.subscriptions.empty() &&
        seen.plan->result.given_up.empty()) {
      session.list_unmanaged(*seen.plan, stop);
      if (!stop.stop_requested() && session.settings().findings.enabled) {
        seen.fleet = inspect_fleet(session.azure(), session.clock(), session.settings().findings,
                                   seen.plan->result, seen.plan->resolution.uncovered,
                                   session.progress(), stop);
      }
    }
    seen.is_stopped = stop.stop_requested();
  };
  run_until_signal(signals, work, {.stopping = kStopping});
  signals.release();
  session.progress().clear();
  return seen;
}

ReportDocument document_of(SweepSession& session, const SweepSession::Plan& plan,
                           const InspectedFleet& fleet, const ReportPeriod& period,
                           const JournalPart& journal) {
  const auto& swept = plan.result.subscriptions;
  ReportDocument report{head_of(session, plan, period, journal),
                        gaps_of(plan, fleet, period, journal)};
  if (!session.settings().findings.enabled)
    report.gaps.emplace_back("no findings: findings.enabled is off in the settings");
  report.tables.push_back(subscriptions_table(swept));
  // An empty table would say that there are none.
  if (plan.unlisted.empty() || !plan.resolution.uncovered.empty())
    report.tables.push_back(unmanaged_table(plan.resolution.uncovered));
  report.tables.push_back(
      exceptions_table(swept, session.freezes().list(period.until), period.until));
  report.tables.push_back(findings_table(fleet.findings));
  if (journal.missing.empty()) add_journal_tables(journal.evidence, report.tables);
  return report;
}

}  // namespace

std::string report_format(const CommandLine& line) {
  if (line.form != "table") return line.form;
  const std::string ending = to_lower(std::filesystem::path(line.output_file).extension().string());
  if (ending == ".csv" || ending == ".json" || ending == ".html") return ending.substr(1);
  return ending == ".htm" ? "html" : "markdown";
}

std::string problem_of_output(const CommandLine& line) {
  if (line.form != "table") return {};
  const std::string ending = to_lower(std::filesystem::path(line.output_file).extension().string());
  for (const char* const known : {"", ".csv", ".json", ".html", ".htm", ".md", ".markdown"}) {
    if (ending == known) return {};
  }
  return "-o " + shown_path(line.output_file) + ": " + printable(ending) +
         " is not the name of a format; expected .csv, .html, .json or .md, or set --format";
}

int write_report(const CommandLine& line) {
  const WallTime now = SystemClock().wall_now();
  const auto since = parse_since(line.since.empty() ? kUsualPeriod : line.since, now);
  if (!since) return fail(kExitError, since.error().message);
  if (const std::string problem = problem_of_output(line); !problem.empty())
    return fail(kExitError, problem);
  std::error_code ignored;
  if (!line.output_file.empty() && std::filesystem::exists(line.output_file, ignored)) {
    return fail(kExitError, shown_path(line.output_file) +
                                " already exists, not overwritten; use another name for -o");
  }
  if (!line.url.empty()) return write_report_of_daemon(line, {*since, now});
  const SignalSet signals;  // before any thread starts
  const auto session = SweepSession::open(line, signals);
  if (!session) return kExitError;
  const ReportPeriod period{*since, now};
  const JournalPart journal = read_evidence(line, session->settings(), period);
  if (!line.journal_file.empty() && !journal.missing.empty())
    return fail(kExitError, journal.missing);
  const Observed seen = observe(*session, signals);
  if (seen.is_stopped) return fail(kExitInterrupted, "stopped by a signal; nothing was written");
  if (!seen.plan) return fail(kExitError, seen.plan.error().message);
  if (const auto silent = complain_of_silence(seen.plan->result)) return *silent;
  const ReportDocument report = document_of(*session, *seen.plan, seen.fleet, period, journal);
  for (const std::string& gap : report.gaps) complain(gap);
  int code = exit_code(seen.plan->result);
  if (const auto error = complain_about(*seen.plan, line)) code = *error;
  return write(line, text_of(report, report_format(line)), code);
}

}  // namespace defenderd
