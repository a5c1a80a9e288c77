#pragma once
// The last journal lines of each subscription, for its details on the page and in the API. In
// memory, so that no request reads a file, and bounded: kHistoryLines of each subscription, and
// kHistoryBytes of all, beyond which the oldest lines go, whosever they are.

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

// Thread-safe. It knows nothing of what is declared: who is no longer asked for goes in time.
class History {
 public:
  explicit History(std::size_t max_bytes = kHistoryBytes) : max_bytes_(max_bytes) {}

  // Takes what read_journal() shows and what Journal tells, oldest first. A result takes the place
  // of the line that said that it was not known. Lines of no subscription are passed over.
  void record(const JournalLine& line);

  // Newest first. Their subscription_id, name, desired_hash and version are not kept.
  [[nodiscard]] std::vector<JournalLine> of(SubscriptionId id) const;

 private:
  struct Entry {
    SubscriptionId id;
    std::string unknown_field;  // of a write whose result is not known; else ""
    std::string text;           // as in the journal, which is half the size of a JournalLine
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
