#pragma once
// The last journal lines of each subscription, for its details on the page and in the API. In
// memory, so that no request reads a file, and bounded: kHistoryLines per subscription and
// kHistoryBytes in total, beyond which the oldest lines are dropped.

#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "core/ids.h"
#include "telemetry/journal_line.h"

namespace defenderd {

inline constexpr std::size_t kHistoryLines = 20;
inline constexpr std::size_t kHistoryBytes = 8U << 20U;

// Thread-safe. It does not know what is declared: entries that are no longer requested expire.
class History {
 public:
  explicit History(std::size_t max_bytes = kHistoryBytes) : max_bytes_(max_bytes) {}

  // Receives what read_journal() shows and what Journal writes, oldest first. A result replaces the
  // line that said that it was unknown. Skips lines without a subscription.
  void record(const JournalLine& line);

  // Newest first. Their subscription_id, name, desired_hash and version are not stored.
  [[nodiscard]] std::vector<JournalLine> of(SubscriptionId id) const;

 private:
  struct Entry {
    SubscriptionId id;
    std::string unknown_field;  // of a write with an unknown result; else ""
    std::string text;           // as in the journal, half the size of a JournalLine
  };
  using Entries = std::list<Entry>;
  using Lines = std::vector<Entries::iterator>;  // of one subscription, oldest first

  void drop(Lines& lines, Lines::iterator line) REQUIRES(mutex_);

  const std::size_t max_bytes_;
  mutable Mutex mutex_;
  Entries entries_ GUARDED_BY(mutex_);  // of all, oldest first
  std::unordered_map<SubscriptionId, Lines> lines_ GUARDED_BY(mutex_);
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace defenderd
