#pragma once
// The journal's lines of one subscription as JSON.

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/json_writer.h"
#include "telemetry/journal_line.h"

namespace defenderd {

// How long something lasted, never negative: for `durationSeconds`.
[[nodiscard]] std::int64_t whole_seconds(WallTime from, WallTime until);

// The member `history`; `lines` are newest first. Lines about one drift refer to each other: its
// correction has the actor that the activity log named later, and both say how long it lasted.
void write_history(JsonWriter& json, const std::vector<JournalLine>& lines);

}  // namespace defenderd
