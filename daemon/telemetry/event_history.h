#pragma once
// How many drifts, corrections and so on each hour of the last 30 days had: for a chart. Counted
// from the lines of the journal, and part of the state, so that either of them is enough after a
// restart.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "telemetry/journal_line.h"

namespace defenderd {

struct EventCounts {
  std::size_t drifts = 0;       // fields that were as declared and then were found different
  std::size_t corrections = 0;  // writes that ARM has, also those that an edit caused
  std::size_t failures = 0;     // writes that failed
  std::size_t withheld = 0;     // changes that began to wait, or wait for another reason
  std::size_t edits = 0;        // of the desired state
  bool operator==(const EventCounts&) const = default;
};

inline constexpr std::size_t kEventHours = 720;  // 30 days

// Thread-safe. Memory is bounded by kEventHours.
class EventHistory {
 public:
  // Events are known from this time on. The earliest call counts.
  void known_since(WallTime since);
  // A line that read_journal() shows or that Journal writes.
  void record(const JournalLine& line);

  struct Memory {
    std::optional<WallTime> since = {};  // events are known from this time on
    // By the start of their hour, in UTC. Hours without events are missing.
    std::map<WallTime, EventCounts> hours = {};
    bool operator==(const Memory&) const = default;
  };
  // What a restart must remember.
  [[nodiscard]] Memory memory() const;
  // Joins what was saved with what the journal had: neither counts an event twice, and where one of
  // them lacks some, the other's larger number is right. Comes before the first event of this run.
  void recall(const Memory& earlier);
  // Increases if memory() may have changed.
  [[nodiscard]] std::uint64_t revision() const;

 private:
  void bound() REQUIRES(mutex_);

  mutable Mutex mutex_;
  Memory memory_ GUARDED_BY(mutex_);
  std::uint64_t revision_ GUARDED_BY(mutex_) = 0;
};

inline constexpr std::string_view kEventSection = "events";

// A section of the state document: {"since": time, "hours": [[time, drifts, corrections, ...]]}.
[[nodiscard]] std::string format(const EventHistory::Memory& memory);
[[nodiscard]] Result<EventHistory::Memory> parse_event_section(std::string_view text);

}  // namespace defenderd
