#include "cli/report_daemon.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/build_info.h"
#include "app/environment.h"
#include "base/scrub.h"
#include "base/text.h"
#include "cli/daemon_address.h"
#include "cli/daemon_api.h"
#include "cli/daemon_fleet.h"
#include "cli/open_journal.h"
#include "cli/report_fleet.h"
#include "cli/report_journal.h"
#include "cli/sweep_counts.h"
#include "telemetry/journal_reader.h"

namespace defenderd {
namespace {

struct Evidence {
  JournalEvidence journal;
  std::string from = {};  // for the head
  std::vector<std::string> gaps = {};
};

Result<Done> read_file(const CommandLine& line, WallTime since, Evidence& evidence) {
  const auto reading = read_journal(line.journal_file, {},
                                    [&](const JournalLine& entry) { evidence.journal.add(entry); });
  if (!reading) return Unexpected(reading.error());
  const std::string& first = evidence.journal.first();
  evidence.from = shown_path(line.journal_file) + (first.empty() ? ", empty" : ", since " + first);
  if (!first.empty() && first > report_time(since))
    evidence.gaps.push_back("the journal begins within the period, at " + first);
  if (reading->unreadable > 0) {
    evidence.gaps.push_back(std::to_string(reading->unreadable) +
                            " lines of the journal could not be read");
  }
  return Done{};
}

Result<Done> read_feed(DaemonApi& api, WallTime since, Evidence& evidence) {
  const auto changes = read_daemon_changes(api);
  if (!changes) return Unexpected(changes.error());
  for (const JournalLine& line : changes->lines) evidence.journal.add(line);
  if (!changes->since) {
    evidence.from = "none";
    evidence.gaps.emplace_back(
        "the daemon knows of no drifts, changes and decisions: use --file with its journal");
    return Done{};
  }
  evidence.from = "what the daemon keeps in memory, since " + report_time(*changes->since);
  if (*changes->since > since) {
    evidence.gaps.push_back("the daemon knows drifts, changes and decisions only since " +
                            report_time(*changes->since) +
                            ": for the time before, use --file with its journal");
  }
  evidence.gaps.emplace_back(
      "the daemon does not tell the hash of the desired state and the correlation id of a change: "
      "its journal has them, see --file");
  return Done{};
}

ReportFact number(std::string_view key, std::string_view title, std::size_t count) {
  return {key, title, std::to_string(count), ReportKind::Number};
}

std::string observed_text(const DaemonFleet& daemon) {
  std::optional<WallTime> first;
  std::optional<WallTime> last;
  for (const auto& time : daemon.observed_at) {
    if (!time) continue;
    first = first ? std::min(*first, *time) : *time;
    last = last ? std::max(*last, *time) : *time;
  }
  if (!first) return "never";
  return "between " + report_time(*first) + " and " + report_time(*last);
}

std::vector<ReportFact> head_of(const Origin& origin, const DaemonFleet& daemon,
                                const SweepCounts& counts, const Evidence& evidence, WallTime since,
                                WallTime now) {
  const std::string host = printable(read_environment().host_name);
  const std::string of_daemon = origin.text() + ", defenderd " + daemon.version + " (revision " +
                                daemon.revision + "), running since " + daemon.started;
  return {
      {"made", "Made", report_time(now)},
      {"madeBy", "Made by", user_name() + (host.empty() ? "" : " on " + host)},
      {"since", "Period from", report_time(since)},
      {"until", "Period until", report_time(now)},
      {"version", "Version",
       "defenderd " + std::string(kVersion) + " (revision " + std::string(kRevision) + ")"},
      {"daemon", "As told by the daemon", of_daemon},
      {"observed", "Observed by the daemon", observed_text(daemon)},
      {"settings", "Settings", "content " + daemon.settings_hash},
      {"desiredState", "Desired state", "content " + daemon.desired_hash},
      {"journal", "Journal", evidence.from},
      number("subscriptions", "Subscriptions", counts.subscriptions),
      number("asDeclared", "As declared", counts.in_sync),
      number("different", "Not as declared", counts.differ()),
      number("notObserved", "Not observed", counts.not_readable),
  };
}

ReportTable with_age(ReportTable table, const DaemonFleet& daemon) {
  table.columns.push_back({"observedAt", "Last observed"});
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const auto& time = daemon.observed_at[i];
    table.rows[i].push_back(time ? report_time(*time) : "");
  }
  return table;
}

ReportDocument document_of(const Origin& origin, const DaemonFleet& daemon,
                           const Evidence& evidence, WallTime since, WallTime now) {
  const SweepCounts counts = count(daemon.fleet);
  ReportDocument report{head_of(origin, daemon, counts, evidence, since, now), daemon.gaps};
  if (counts.not_readable > 0) {
    report.gaps.push_back(subscriptions_text(counts.not_readable) +
                          " could not be observed: the table of subscriptions says why");
  }
  report.gaps.insert(report.gaps.end(), evidence.gaps.begin(), evidence.gaps.end());
  if (evidence.journal.gaps() > 0)
    report.gaps.emplace_back("lines are missing in the journal: see the decisions of kind gap");
  report.gaps.emplace_back(
      "the daemon does not tell its identity in Azure, which its log has, nor the commit of its "
      "desired state");
  report.tables = {
      with_age(subscriptions_table(daemon.fleet.subscriptions), daemon),
      unmanaged_table(daemon.uncovered),
      exceptions_table(daemon.fleet.subscriptions, daemon.freezes, now),
      findings_table(daemon.findings),
  };
  if (evidence.from != "none") {
    report.tables.push_back(evidence.journal.drifts());
    report.tables.push_back(evidence.journal.changes());
    report.tables.push_back(evidence.journal.decisions());
  }
  return report;
}

}  // namespace

Result<DaemonReport> report_of_daemon(const CommandLine& line, WallTime since, WallTime now) {
  constexpr Duration kConnectTimeout = std::chrono::seconds(10);
  auto address = find_daemon(line);
  if (!address) return Unexpected(address.error());
  Evidence evidence{JournalEvidence(since, now)};
  if (!line.journal_file.empty()) {
    if (const auto done = read_file(line, since, evidence); !done) return Unexpected(done.error());
  }
  const auto caller = DaemonCaller::open(*std::move(address), kConnectTimeout);
  if (!caller) return Unexpected(caller.error());
  SystemClock clock;
  DaemonApi api(*caller, clock);
  const auto daemon = read_daemon_fleet(api);
  if (!daemon) return Unexpected(daemon.error());
  if (line.journal_file.empty()) {
    if (const auto done = read_feed(api, since, evidence); !done) return Unexpected(done.error());
  }
  return DaemonReport{document_of(caller->origin(), *daemon, evidence, since, now),
                      exit_code(daemon->fleet)};
}

}  // namespace defenderd
