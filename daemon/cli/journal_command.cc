#include "cli/journal_command.h"

#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>

#include "base/scrub.h"
#include "base/text.h"
#include "base/time_text.h"
#include "cli/complain.h"
#include "cli/journal_summary.h"
#include "cli/load_files.h"
#include "cli/selection.h"
#include "desired/config.h"
#include "telemetry/journal_reader.h"

namespace defenderd {
namespace {

constexpr int kGood = 0;
constexpr int kError = 2;

int failed(const std::string& message) { return fail(kError, message); }

// Reads only the settings: the journal can be read even if the desired state cannot.
Result<std::string> journal_of_settings(const CommandLine& line) {
  const std::string& path = line.config_path;
  auto settings = load_settings_of(line);
  if (!settings) return Unexpected(settings.error());
  if (settings->journal_file.empty()) {
    return Unexpected(Error{path + " has no journal: set journal.file, or use --file"});
  }
  if (settings->journal_file == "-") {
    return Unexpected(Error{"the journal of " + path +
                            " goes to standard output: check where that is collected, or use "
                            "--file"});
  }
  return settings->journal_file;
}

void pad(std::string& row, std::string_view text, std::size_t width) {
  row += text;
  row.append(text.size() < width ? width - text.size() : 0, ' ');
  row += "  ";
}

std::string row_of(std::string_view time, std::string_view result, std::string_view subscription,
                   std::string_view field, std::string_view change, std::string_view why) {
  std::string row;
  pad(row, time, 24);
  pad(row, result, 10);
  pad(row, subscription, 36);
  pad(row, field, 14);
  pad(row, change, 10);
  row += why;
  row.resize(row.find_last_not_of(' ') + 1);
  return row;
}

}  // namespace

Result<WallTime> parse_since(const std::string& text, WallTime now) {
  std::optional<WallTime> since;
  if (const auto ago = parse_duration(text)) {
    since = now - std::chrono::duration_cast<WallTime::duration>(*ago);
  } else {
    since = parse_rfc3339(text);
    if (!since) since = parse_rfc3339(text + "T00:00:00Z");
  }
  if (!since) {
    return Unexpected(Error{"--since " + quoted_value(text) +
                            ": expected a duration like 24h, a time like 2026-12-24T00:00:00Z, or "
                            "a date like 2026-12-24"});
  }
  if (*since >= now)
    return Unexpected(Error{"--since " + quoted_value(text) + ": expected a time in the past"});
  return *since;
}

std::string no_journal_text(const std::string& path, std::size_t lines) {
  return shown_path(path) + " is not a journal: " +
         (lines == 1 ? "its line is not an entry"
                     : "none of its " + std::to_string(lines) + " lines is an entry");
}

std::string table_head() {
  return row_of("TIME", "RESULT", "SUBSCRIPTION", "FIELD", "CHANGE", "WHY");
}

std::string table_row(const JournalLine& line) {
  const std::string change = line.to.empty() ? "" : line.from + " -> " + line.to;
  std::string why = line.reason;
  if (!line.message.empty()) why += (why.empty() ? "" : ": ") + line.message;
  if (!line.by.empty()) why += (why.empty() ? "" : "; ") + ("by " + line.by);
  if (!line.was_withheld.empty())
    why += (why.empty() ? "" : "; ") + ("was withheld: " + line.was_withheld);
  if (!line.confirmed.empty()) why += (why.empty() ? "" : ", ") + ("confirmed " + line.confirmed);
  constexpr std::size_t kLongest = 4096;
  return row_of(printable(line.time), printable(line.result),
                printable(line.name.empty() ? line.subscription_id : line.name),
                printable(line.field), printable(change), outgoing_text(why, kLongest));
}

int show_journal(const CommandLine& line) {
  JournalQuery query;
  WallTime since;
  if (!line.since.empty()) {
    const auto parsed = parse_since(line.since, SystemClock().wall_now());
    if (!parsed) return failed(parsed.error().message);
    since = *parsed;
    // A drift of the period may have begun before.
    if (!line.summary) query.since = since;
  }
  if (!line.subscription.empty()) {
    query.subscription = SubscriptionId::parse(line.subscription);
    if (!query.subscription) {
      query.wanted = [&](const JournalLine& entry) {
        return !entry.subscription_id.empty() && is_like(entry.name, line.subscription);
      };
    }
  }
  std::string path = line.journal_file;
  if (path.empty()) {
    auto named = journal_of_settings(line);
    if (!named) return failed(named.error().message);
    path = *std::move(named);
  }
  bool headed = false;
  JournalSummary summary;
  const auto reading = read_journal(path, query, [&](const JournalLine& entry) {
    if (line.summary) return summary.add(entry);
    if (line.as_json) {
      std::fputs(format(entry).c_str(), stdout);
      return;
    }
    if (!std::exchange(headed, true)) std::fputs((table_head() + "\n").c_str(), stdout);
    std::fputs((table_row(entry) + "\n").c_str(), stdout);
  });
  if (!reading) return failed(reading.error().message);
  if (reading->is_no_journal()) return failed(no_journal_text(path, reading->unreadable));
  const auto rows = summary.rows(SystemClock().wall_now(), since);
  const bool has_nothing = line.summary ? rows.empty() : reading->shown == 0;
  if (line.summary && !has_nothing)
    std::fputs((line.as_json ? as_json(rows) : as_table(rows)).c_str(), stdout);
  if (has_nothing && !line.as_json) std::fputs("no matching entries in the journal\n", stdout);
  if (reading->unreadable > 0) {
    complain("skipped " + std::to_string(reading->unreadable) +
             (reading->unreadable == 1 ? " line that is not a journal entry"
                                       : " lines that are not journal entries"));
  }
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0
             ? kGood
             : failed("cannot write to standard output");
}

}  // namespace defenderd
