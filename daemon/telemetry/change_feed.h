#pragma once
// What happened in the whole fleet, newest first: for the page and the API. Made from the journal's
// lines, in memory, so that no request reads a file, and bounded by kFeedItems and kFeedBytes,
// beyond which the oldest items are dropped. What is held and let go has half of them at most: one
// edit can hold the whole fleet, and does not displace the corrections.

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "core/ids.h"
#include "telemetry/journal_line.h"

namespace defenderd {

inline constexpr std::size_t kFeedItems = 2000;
inline constexpr std::size_t kFeedBytes = 2U << 20U;

// Drift: a field that was as declared was found different. Correction: a change was written, or was
// not. Ended: what was withheld or has failed is as declared again, or no longer declared. The
// others are as in the journal.
enum class ChangeEvent {
  Drift,
  Correction,
  Ended,
  Finding,
  FindingEnded,
  Confirmed,
  Edited,
  Freeze,
  Thaw,
  Leads,
  Gap
};
inline constexpr std::array kAllChangeEvents{
    ChangeEvent::Drift,        ChangeEvent::Correction, ChangeEvent::Ended,  ChangeEvent::Finding,
    ChangeEvent::FindingEnded, ChangeEvent::Confirmed,  ChangeEvent::Edited, ChangeEvent::Freeze,
    ChangeEvent::Thaw,         ChangeEvent::Leads,      ChangeEvent::Gap};
[[nodiscard]] std::string_view to_text(ChangeEvent event);  // "finding_ended"
[[nodiscard]] std::optional<ChangeEvent> parse_change_event(std::string_view text);

// The place of an item in the feed, which a restart does not change: when it was recorded, and its
// number within that millisecond. Later items have larger ones, also if the clock is set back.
struct ChangePlace {
  std::int64_t milliseconds = 0;
  std::uint32_t number = 0;
  auto operator<=>(const ChangePlace&) const = default;
};
[[nodiscard]] std::string to_text(const ChangePlace& place);  // "1767225600000-0"
[[nodiscard]] std::optional<ChangePlace> parse_change_place(std::string_view text);

struct ChangeItem {
  ChangePlace place = {};
  ChangeEvent event = ChangeEvent::Drift;
  std::optional<SubscriptionId> subscription = {};
  std::string field = {};
  std::string result = {};             // of a correction: applied, failed, withheld, unknown
  std::optional<WallTime> since = {};  // when the difference was first observed
  std::optional<WallTime> begun = {};  // the same, or when Azure took the actor's write
  std::optional<WallTime> until = {};  // when it was as declared again
  std::string text = {};               // the journal's line, half the size of a JournalLine

  [[nodiscard]] std::optional<JournalLine> line() const { return parse_journal_line(text); }
};

// Thread-safe.
class ChangeFeed {
 public:
  explicit ChangeFeed(std::size_t max_items = kFeedItems, std::size_t max_bytes = kFeedBytes)
      : max_items_(max_items), max_bytes_(max_bytes) {}

  // What happened is known from this time on. The earliest call counts.
  void known_since(WallTime since);
  // Receives what read_journal() shows and what Journal writes, oldest first. The result of a write
  // replaces the line that said that it was unknown; the answer of the activity log is added to the
  // drift and its correction.
  void record(const JournalLine& line);

  struct Snapshot {
    std::vector<std::shared_ptr<const ChangeItem>> items;  // the oldest first
    // Of the time before, nothing is known, or not all of it.
    std::optional<WallTime> since = {};
  };
  // Copies no texts.
  [[nodiscard]] Snapshot snapshot() const;

 private:
  using Item = std::shared_ptr<const ChangeItem>;
  struct Size {
    std::size_t items = 0;
    std::size_t bytes = 0;
  };
  void count(const ChangeItem& item, bool added) REQUIRES(mutex_);

  void drop_excess() REQUIRES(mutex_);
  void push(ChangeItem item, std::optional<WallTime> time) REQUIRES(mutex_);
  std::deque<Item>::iterator first_after(WallTime time) REQUIRES(mutex_);
  void drop(const std::deque<Item>::iterator& item) REQUIRES(mutex_);
  void replace(Item& item, ChangeItem with) REQUIRES(mutex_);
  void close_with(const ChangeItem& result) REQUIRES(mutex_);
  void attribute(const JournalLine& answer) EXCLUDES(mutex_);

  const std::size_t max_items_;
  const std::size_t max_bytes_;
  mutable Mutex mutex_;
  std::deque<Item> items_ GUARDED_BY(mutex_);  // the oldest first
  std::unordered_map<SubscriptionId, std::size_t> by_subscription_ GUARDED_BY(mutex_);  // items
  Size all_ GUARDED_BY(mutex_);
  Size waiting_ GUARDED_BY(mutex_);  // withheld, or ended without a correction
  ChangePlace last_ GUARDED_BY(mutex_) = {};
  std::optional<WallTime> since_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
