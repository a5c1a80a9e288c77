#include "telemetry/history.h"

#include <algorithm>
#include <utility>

#include "telemetry/journal_reader.h"

namespace defenderd {
namespace {

// The memory of an entry besides its text: itself, its place in the list and in the index.
constexpr std::size_t kOverhead = 160;

}  // namespace

void History::record(const JournalLine& line) {
  const auto id = SubscriptionId::parse(line.subscription_id);
  if (!id) return;
  JournalLine kept = line;
  kept.subscription_id.clear();
  kept.name.clear();
  kept.desired_hash.clear();
  kept.version.clear();
  Entry entry{*id, line.result == kUnknownResult ? line.field : "", format(kept)};

  const MutexLock lock(mutex_);
  Lines& lines = lines_[*id];
  if (line.result == journal_result::kApplied || line.result == journal_result::kFailed) {
    const auto unknown = std::find_if(lines.begin(), lines.end(), [&](const auto& known) {
      return known->unknown_field == line.field;
    });
    if (unknown != lines.end()) drop(lines, unknown);
  }
  if (lines.size() == kHistoryLines) drop(lines, lines.begin());
  bytes_ += entry.text.size() + kOverhead;
  lines.push_back(entries_.insert(entries_.end(), std::move(entry)));
  while (bytes_ > max_bytes_) {
    const SubscriptionId oldest = entries_.front().id;
    Lines& others = lines_[oldest];
    drop(others, others.begin());
    if (others.empty()) lines_.erase(oldest);
  }
}

void History::drop(Lines& lines, Lines::iterator line) {
  bytes_ -= (*line)->text.size() + kOverhead;
  entries_.erase(*line);
  lines.erase(line);
}

std::vector<JournalLine> History::of(SubscriptionId id) const {
  std::vector<std::string> texts;
  {
    const MutexLock lock(mutex_);
    const auto found = lines_.find(id);
    if (found == lines_.end()) return {};
    std::transform(found->second.rbegin(), found->second.rend(), std::back_inserter(texts),
                   [](const auto& entry) { return entry->text; });
  }
  std::vector<JournalLine> result;
  for (const std::string& text : texts) {
    if (auto line = parse_journal_line(text)) result.push_back(*std::move(line));
  }
  return result;
}

}  // namespace defenderd
