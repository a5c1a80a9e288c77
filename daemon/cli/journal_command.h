#pragma once
// `defenderd journal`: the journal as a table for people or as JSON lines.

#include <cstddef>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "cli/options.h"
#include "telemetry/journal_line.h"

namespace defenderd {

// Exit code: 0, or 2 on an error, which is printed on stderr.
[[nodiscard]] int show_journal(const CommandLine& line);

// "24h" before `now`, a time, or a date in UTC, always in the past; the Error says what was
// expected.
[[nodiscard]] Result<WallTime> parse_since(const std::string& text, WallTime now);

// Why a file whose lines are all unreadable is refused.
[[nodiscard]] std::string no_journal_text(const std::string& path, std::size_t lines);

// One row of the table, without a line feed; control characters are replaced.
[[nodiscard]] std::string table_row(const JournalLine& line);
[[nodiscard]] std::string table_head();

}  // namespace defenderd
