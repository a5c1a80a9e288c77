#include "cli/report_daemon.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/environment.h"
#include "base/scrub.h"
#include "base/text.h"
#include "cli/daemon_address.h"
#include "cli/daemon_api.h"
#include "cli/daemon_fleet.h"
#include "cli/journal_command.h"
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
  if (reading->is_no_journal())
    return Unexpected(Error{no_journal_text(line.journal_file, reading->unreadable)});
  evidence.from = journal_text(line.journal_file, evidence.journal);
  evidence.gaps = journal_gaps(evidence.journal, since, reading->unreadable);
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
      "the daemon does not report the hash of the desired state and the correlation id of a "
      "change: "
      "its journal has them, see --file");
  return Done{};
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
                                const SweepCounts& counts, const Evidence& evidence,
                                const ReportPeriod& period) {
  std::vector<ReportFact> head = made_by(period, read_environment().host_name);
  head.push_back({"daemon", "As reported by",
                  origin.text() + ", defenderd " + daemon.version + " (revision " +
                      daemon.revision + "), running since " + daemon.started});
  head.push_back({"observed", "Observed by the daemon", observed_text(daemon)});
  head.push_back({"settings", "Settings", "content " + daemon.settings_hash});
  head.push_back({"desiredState", "Desired state", "content " + daemon.desired_hash});
  head.push_back({"journal", "Journal", evidence.from});
  for (ReportFact& fact : count_facts(counts)) head.push_back(std::move(fact));
  return head;
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
                           const Evidence& evidence, const ReportPeriod& period) {
  const SweepCounts counts = count(daemon.fleet);
  ReportDocument report{head_of(origin, daemon, counts, evidence, period), daemon.gaps};
  if (counts.not_readable > 0) {
    report.gaps.push_back(subscriptions_text(counts.not_readable) +
                          " could not be observed: the table of subscriptions says why");
  }
  for (std::string& gap : gaps_of_scopes(daemon.left_scope)) report.gaps.push_back(std::move(gap));
  report.gaps.insert(report.gaps.end(), evidence.gaps.begin(), evidence.gaps.end());
  if (evidence.journal.gaps() > 0)
    report.gaps.emplace_back("lines are missing in the journal: see the decisions of kind gap");
  report.gaps.emplace_back(
      "the daemon does not report its identity in Azure, which its log has, nor the commit of its "
      "desired state");
  report.tables = {
      with_age(subscriptions_table(daemon.fleet.subscriptions), daemon),
      unmanaged_table(daemon.uncovered),
      exceptions_table(daemon.fleet.subscriptions, daemon.freezes, period.until),
      findings_table(daemon.findings),
  };
  if (evidence.from != "none") add_journal_tables(evidence.journal, report.tables);
  return report;
}

}  // namespace

Result<DaemonReport> report_of_daemon(const CommandLine& line, const ReportPeriod& period) {
  constexpr Duration kConnectTimeout = std::chrono::seconds(10);
  auto address = find_daemon(line);
  if (!address) return Unexpected(address.error());
  Evidence evidence{JournalEvidence(period.since, period.until)};
  if (!line.journal_file.empty()) {
    if (const auto done = read_file(line, period.since, evidence); !done)
      return Unexpected(done.error());
  }
  const auto caller = DaemonCaller::open(*std::move(address), kConnectTimeout);
  if (!caller) return Unexpected(caller.error());
  SystemClock clock;
  DaemonApi api(*caller, clock);
  const auto daemon = read_daemon_fleet(api);
  if (!daemon) return Unexpected(daemon.error());
  if (line.journal_file.empty()) {
    if (const auto done = read_feed(api, period.since, evidence); !done)
      return Unexpected(done.error());
  }
  return DaemonReport{document_of(caller->origin(), *daemon, evidence, period),
                      exit_code(daemon->fleet)};
}

}  // namespace defenderd
