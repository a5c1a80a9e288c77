#include "telemetry/change_feed.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "base/time_text.h"
#include "telemetry/journal_reader.h"

namespace defenderd {
namespace {

// The memory of an item besides its texts: itself, its counters, and its places in the list and in
// the index.
constexpr std::size_t kOverhead = sizeof(ChangeItem) + 128;

std::size_t size_of(const ChangeItem& item) {
  return kOverhead + item.text.size() + item.field.size();
}

// nullopt for lines that are no item of their own.
std::optional<ChangeEvent> event_of(std::string_view result) {
  for (const std::string_view word : {journal_result::kApplied, journal_result::kFailed,
                                      journal_result::kWithheld, kUnknownResult})
    if (result == word) return ChangeEvent::Correction;
  const auto event = parse_change_event(result);
  if (event == ChangeEvent::Drift || event == ChangeEvent::Correction) return std::nullopt;
  return event;
}

bool is_waiting(const ChangeItem& item) {
  return item.event == ChangeEvent::Ended || item.result == journal_result::kWithheld;
}

std::int64_t milliseconds_of(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

// Without what an item has as its own member, and what is not needed here.
JournalLine kept_of(const JournalLine& line) {
  JournalLine kept = line;
  kept.desired_hash.clear();
  kept.version.clear();
  kept.correlation_id.clear();
  kept.client_request_id.clear();
  return kept;
}

JournalLine drift_of(const JournalLine& line) {
  JournalLine drift = kept_of(line);
  drift.result = to_text(ChangeEvent::Drift);
  drift.from = line.to;  // it was as declared
  drift.to = line.from;
  for (auto* const member : {&drift.reason, &drift.message, &drift.by, &drift.confirmed,
                             &drift.was_withheld, &drift.request_id, &drift.as_declared})
    member->clear();
  drift.maybe_applied = false;
  return drift;
}

// `shown`: the line as the item shows it.
ChangeItem item_of(ChangeEvent event, const JournalLine& line, const JournalLine& shown) {
  ChangeItem item;
  item.event = event;
  item.text = format(shown);
  item.subscription = SubscriptionId::parse(line.subscription_id);
  item.field = line.field;
  if (event == ChangeEvent::Correction) item.result = line.result;
  if (event == ChangeEvent::Finding || event == ChangeEvent::FindingEnded) return item;
  item.since = item.begun = parse_rfc3339(line.since);
  return item;
}

}  // namespace

std::string_view to_text(ChangeEvent event) {
  switch (event) {
    case ChangeEvent::Drift:
      return "drift";
    case ChangeEvent::Correction:
      return "correction";
    case ChangeEvent::Ended:
      return journal_result::kEnded;
    case ChangeEvent::Finding:
      return journal_result::kFinding;
    case ChangeEvent::FindingEnded:
      return journal_result::kFindingEnded;
    case ChangeEvent::Confirmed:
      return journal_result::kConfirmed;
    case ChangeEvent::Edited:
      return journal_result::kEdited;
    case ChangeEvent::Freeze:
      return journal_result::kFreeze;
    case ChangeEvent::Thaw:
      return journal_result::kThaw;
    case ChangeEvent::Leads:
      return journal_result::kLeads;
    case ChangeEvent::Gap:
      return journal_result::kGap;
  }
  return "";
}

std::optional<ChangeEvent> parse_change_event(std::string_view text) {
  const auto* const found = std::find_if(kAllChangeEvents.begin(), kAllChangeEvents.end(),
                                         [&](ChangeEvent event) { return to_text(event) == text; });
  return found == kAllChangeEvents.end() ? std::nullopt : std::optional(*found);
}

std::string to_text(const ChangePlace& place) {
  return std::to_string(place.milliseconds) + "-" + std::to_string(place.number);
}

std::optional<ChangePlace> parse_change_place(std::string_view text) {
  const std::size_t dash = text.find('-', 1);
  if (dash == std::string_view::npos) return std::nullopt;
  ChangePlace place;
  const char* const middle = text.data() + dash;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), middle, place.milliseconds);
  const auto second = std::from_chars(middle + 1, end, place.number);
  if (first.ec != std::errc() || first.ptr != middle || second.ec != std::errc() ||
      second.ptr != end)
    return std::nullopt;
  return place;
}

void ChangeFeed::known_since(WallTime since) {
  const MutexLock lock(mutex_);
  if (!since_ || since < *since_) since_ = since;
}

void ChangeFeed::record(const JournalLine& line) {
  if (line.result == journal_result::kAttributed) return attribute(line);
  const auto event = event_of(line.result);
  if (!event) return;
  ChangeItem item = item_of(*event, line, kept_of(line));
  if (item.result == journal_result::kApplied || item.event == ChangeEvent::Ended)
    item.until = parse_rfc3339(line.time);
  std::optional<ChangeItem> drift;
  if (!line.as_declared.empty()) drift = item_of(ChangeEvent::Drift, line, drift_of(line));
  if (drift && item.until) drift->until = item.until;
  const auto time = parse_rfc3339(line.time);
  const MutexLock lock(mutex_);
  if (drift) push(*std::move(drift), time);
  if (item.subscription && by_subscription_.contains(*item.subscription)) close_with(item);
  push(std::move(item), time);
}

// The result of a write that was unknown, or the end of a drift, is known.
void ChangeFeed::close_with(const ChangeItem& result) {
  if (result.result == journal_result::kApplied || result.result == journal_result::kFailed) {
    const auto unknown = std::find_if(items_.begin(), items_.end(), [&](const Item& known) {
      return known->result == kUnknownResult && known->subscription == result.subscription &&
             known->field == result.field;
    });
    if (unknown != items_.end()) drop(unknown);
  }
  if (!result.until || !result.since) return;
  // A field has one drift at a time. Journals of earlier versions give it another `since` in each
  // line after the first.
  const auto drift = std::find_if(items_.rbegin(), items_.rend(), [&](const Item& known) {
    return known->event == ChangeEvent::Drift && known->subscription == result.subscription &&
           known->field == result.field && (!known->until || known->since == result.since);
  });
  if (drift == items_.rend()) return;
  ChangeItem closed = **drift;
  closed.until = result.until;
  replace(*drift, std::move(closed));
}

// Who made a drift is known. The answer names one of the fields that one reconcile has found.
void ChangeFeed::attribute(const JournalLine& answer) {
  JournalLine kept = kept_of(answer);
  kept.result = to_text(ChangeEvent::Drift);
  ChangeItem drift = item_of(ChangeEvent::Drift, answer, kept);
  const auto happened = parse_rfc3339(answer.happened);
  if (happened) drift.begun = happened;
  const auto time = parse_rfc3339(answer.time);
  bool is_known = false;
  const MutexLock lock(mutex_);
  if (!drift.subscription || !drift.since) return push(std::move(drift), time);
  if (by_subscription_.contains(*drift.subscription)) {
    for (auto it = first_after(*drift.since); it != items_.end(); ++it) {
      Item& item = *it;
      if (item->subscription != drift.subscription || item->since != drift.since) continue;
      ChangeItem named = *item;
      auto line = item->line().value_or(JournalLine());
      line.actor_kind = answer.actor_kind;
      line.actor = answer.actor;
      line.actors = answer.actors;
      line.client = answer.client;
      line.address = answer.address;
      line.happened = answer.happened;
      if (item->event == ChangeEvent::Drift) {
        is_known = true;
        line.message = answer.message;
        named.begun = drift.begun;
      } else if (item->until) {
        drift.until = item->until;
      }
      named.text = format(line);
      replace(item, std::move(named));
    }
  }
  // A journal of an earlier version has no line of its own for a drift.
  if (!is_known) push(std::move(drift), time);
}

// What was recorded at that time or later: anything about a drift is recorded after it was seen.
std::deque<ChangeFeed::Item>::iterator ChangeFeed::first_after(WallTime time) {
  return std::lower_bound(items_.begin(), items_.end(), milliseconds_of(time),
                          [](const Item& item, std::int64_t milliseconds) {
                            return item->place.milliseconds < milliseconds;
                          });
}

void ChangeFeed::push(ChangeItem item, std::optional<WallTime> time) {
  const std::int64_t now = time ? milliseconds_of(*time) : last_.milliseconds;
  if (now > last_.milliseconds) {
    last_ = {now, 0};
  } else {
    ++last_.number;
  }
  item.place = last_;
  count(item, true);
  if (item.subscription) ++by_subscription_[*item.subscription];
  items_.push_back(std::make_shared<const ChangeItem>(std::move(item)));
  drop_excess();
}

void ChangeFeed::count(const ChangeItem& item, bool added) {
  const auto change = [&](Size& size) {
    size.items = added ? size.items + 1 : size.items - 1;
    size.bytes = added ? size.bytes + size_of(item) : size.bytes - size_of(item);
  };
  change(all_);
  if (is_waiting(item)) change(waiting_);
}

void ChangeFeed::drop_excess() {
  const auto is_too_much = [](const Size& size, std::size_t items, std::size_t bytes) {
    return size.items > 1 && (size.items > items || size.bytes > bytes);
  };
  for (;;) {
    auto oldest = items_.begin();
    if (is_too_much(waiting_, max_items_ / 2, max_bytes_ / 2)) {
      while (!is_waiting(**oldest)) ++oldest;
    } else if (!is_too_much(all_, max_items_, max_bytes_)) {
      return;
    }
    const WallTime known =
        WallTime(std::chrono::milliseconds((*std::next(oldest))->place.milliseconds));
    drop(oldest);
    since_ = std::max(since_.value_or(known), known);
  }
}

void ChangeFeed::drop(const std::deque<Item>::iterator& item) {
  count(**item, false);
  if (const auto& id = (*item)->subscription) {
    const auto count = by_subscription_.find(*id);
    if (--count->second == 0) by_subscription_.erase(count);
  }
  items_.erase(item);
}

void ChangeFeed::replace(Item& item, ChangeItem with) {
  count(*item, false);
  count(with, true);
  item = std::make_shared<const ChangeItem>(std::move(with));
}

ChangeFeed::Snapshot ChangeFeed::snapshot() const {
  const MutexLock lock(mutex_);
  return {{items_.begin(), items_.end()}, since_};
}

}  // namespace defenderd
