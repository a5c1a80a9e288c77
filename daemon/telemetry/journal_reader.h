#pragma once
// Reads the journal, the rotated files first. Memory is bounded by the longest line and by the
// number of interrupted writes.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "core/ids.h"
#include "telemetry/journal_line.h"

namespace defenderd {

struct JournalQuery {
  std::optional<WallTime> since = {};
  std::optional<SubscriptionId> subscription = {};
  std::optional<std::uint64_t> last_bytes = {};  // only whole lines within this many at the end
  std::function<bool(const JournalLine&)> wanted = {};  // empty: all
};

// How an intent without a result is shown; intents with one are not shown.
inline constexpr std::string_view kUnknownResult = "unknown";

struct JournalReading {
  std::size_t shown = 0;
  std::size_t unreadable = 0;  // lines that are incomplete, too long or not journal lines
  std::size_t readable = 0;    // all others, whether they match the query or not

  // A file of another kind, which is easily named by mistake.
  [[nodiscard]] bool is_no_journal() const { return readable == 0 && unreadable > 0; }
};

// Calls `show` for each line that matches the query, in the order in which they were written. The
// file may be written meanwhile.
[[nodiscard]] Result<JournalReading> read_journal(
    const std::string& path, const JournalQuery& query,
    const std::function<void(const JournalLine&)>& show);

// Calls `take` for each line as it was written, including intents, within the last `bytes` of all
// its files. Skips lines that are not journal lines.
[[nodiscard]] Result<Done> each_journal_line(const std::string& path, std::uint64_t bytes,
                                             const std::function<void(JournalLine)>& take);

}  // namespace defenderd
