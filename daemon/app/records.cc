#include "app/records.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "app/build_info.h"
#include "base/time_text.h"
#include "telemetry/journal_reader.h"

namespace defenderd {
namespace {

// Some ten thousand lines, read within a tenth of a second.
constexpr std::uint64_t kRecalled = 4U << 20U;

// Reads what the journal has of earlier runs. A pipe cannot be read back.
void recall(const std::string& journal_file, History& history, ChangeFeed& changes, Logger& log) {
  if (journal_file.empty() || journal_file == "-") return;
  JournalQuery query;
  query.last_bytes = kRecalled;
  bool first = true;
  const auto reading = read_journal(journal_file, query, [&](const JournalLine& line) {
    const auto time = std::exchange(first, false) ? parse_rfc3339(line.time) : std::nullopt;
    if (time) changes.known_since(*time);
    history.record(line);
    changes.record(line);
  });
  if (reading) return;
  log.log(LogLevel::Info, log_event::kJournal,
          "the history of subscriptions starts now: " + reading.error().message);
}

}  // namespace

Records::Records(const Settings& settings, const Clock& clock)
    : heartbeats(clock),
      outlets(standard_outlets()),
      log(settings.log.level, {settings.log.format, settings.log.ids}, clock, outlets.error),
      findings(clock),
      metrics(board, coverage,
              {.series = settings.server.per_subscription_metrics,
               .version = std::string(kVersion),
               .revision = std::string(kRevision),
               .now = [&clock] { return clock.wall_now(); },
               .log = [this] { return log.stats(); },
               .departures = [this, &clock] { return departures.count(clock.wall_now()); },
               .incidents = [this] { return incidents.active(); },
               .findings = [this] { return findings.snapshot(); }}),
      incidents(clock),
      outcome_log(log, incidents) {
  incidents.set_window(settings.poll.interval);
}

Result<Done> Records::open_journal(const Settings& settings, const Clock& clock,
                                   const std::string& replica) {
  Journal::Options options;
  options.file.path = settings.journal_file;
  options.file.standard_output = outlets.output;
  options.version = kVersion;
  options.replica = replica;
  options.on_write_error = [this] { metrics.journal_failed(); };
  options.heartbeats = &heartbeats;
  options.on_line = [this](const JournalLine& line) {
    history.record(line);
    changes.record(line);
    events.record(line);
  };
  options.on_earlier_line = [this, first = true](const JournalLine& line) mutable {
    const auto time = std::exchange(first, false) ? parse_rfc3339(line.time) : std::nullopt;
    if (time) events.known_since(*time);
    events.record(line);
  };
  auto opened = Journal::open(std::move(options), clock, log);
  if (!opened) return Unexpected(opened.error());
  journal = *std::move(opened);
  recall(settings.journal_file, history, changes, log);
  changes.known_since(clock.wall_now());
  events.known_since(clock.wall_now());
  return Done{};
}

}  // namespace defenderd
