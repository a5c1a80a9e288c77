#include "telemetry/status_board.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace defenderd {

KnownCounts count_known(const StatusSnapshot& snapshot) {
  KnownCounts counts;
  for (const auto& row : snapshot.rows) counts.add(*row);
  return counts;
}

std::vector<SubscriptionId> waiting_for(const StatusSnapshot& snapshot, Reason reason) {
  std::vector<SubscriptionId> ids;
  for (const auto& row : snapshot.rows) {
    const std::vector<Change>& pending = row->differences->pending;
    if (std::any_of(pending.begin(), pending.end(),
                    [&](const Change& change) { return change.reason == reason; }))
      ids.push_back(row->desired->id);
  }
  return ids;
}

void StatusBoard::set_desired(const DesiredState& desired, WallTime now) {
  const MutexLock lock(mutex_);
  current_.desired_revision = ++current_.revision;
  std::vector<std::shared_ptr<const StatusRow>> rows;
  rows.reserve(desired.subscriptions.size());
  std::size_t never_attempted = 0;
  bool in_their_places = desired.subscriptions.size() == current_.rows.size();
  for (const Declaration& subscription : desired.subscriptions) {
    const auto place = place_of(subscription->id, rows.size());
    in_their_places = in_their_places && place == rows.size();
    if (!place) {
      ++never_attempted;
      const auto earlier = earlier_.take(subscription->id, now);
      StatusRow row =
          earlier ? recalled_row(subscription, *earlier, now) : new_row(subscription, now);
      if (const auto tags = tags_.find(subscription->id); tags != tags_.end())
        row.tags = tags->second;
      row.revision = current_.revision;
      rows.push_back(std::make_shared<const StatusRow>(std::move(row)));
      continue;
    }
    const auto& kept = current_.rows[*place];
    if (!kept->last_attempt) ++never_attempted;
    if (kept->desired == subscription) {
      rows.push_back(kept);
    } else {
      StatusRow row = *kept;
      row.desired = subscription;
      row.revision = current_.revision;
      rows.push_back(std::make_shared<const StatusRow>(std::move(row)));
    }
  }
  if (!in_their_places) keep_departed(rows, now);
  current_.rows = std::move(rows);
  size_ = current_.rows.size();
  never_attempted_ = never_attempted;
  if (in_their_places) return;
  index_rows();
  ++memory_revision_;
}

void StatusBoard::keep_departed(const std::vector<std::shared_ptr<const StatusRow>>& rows,
                                WallTime now) {
  std::unordered_set<SubscriptionId> declared;
  declared.reserve(rows.size());
  for (const auto& row : rows) declared.insert(row->desired->id);
  for (const auto& row : current_.rows) {
    if (declared.contains(row->desired->id)) continue;
    if (auto left = remembered_when_left(*row, now)) earlier_.keep(*std::move(left));
  }
}

std::optional<std::size_t> StatusBoard::place_of(SubscriptionId id, std::size_t likely) const {
  if (likely < current_.rows.size() && current_.rows[likely]->desired->id == id) return likely;
  const auto found = index_.find(id);
  return found == index_.end() ? std::nullopt : std::optional(found->second);
}

void StatusBoard::index_rows() {
  index_.clear();
  index_.reserve(current_.rows.size());
  for (std::size_t i = 0; i < current_.rows.size(); ++i)
    index_.emplace(current_.rows[i]->desired->id, i);
}

void StatusBoard::record(const Outcome& outcome, WallTime now, std::optional<WallTime> next_due,
                         int consecutive_failures, ObservedBy by,
                         const std::vector<DriftSeen>& seen) {
  const MutexLock lock(mutex_);
  const auto found = index_.find(outcome.desired.id);
  if (found == index_.end()) {
    record_departed(outcome, now, by, seen);
    return;
  }
  auto& slot = current_.rows[found->second];
  if (!slot->last_attempt) --never_attempted_;
  StatusRow row = updated(*slot, outcome, seen, now, by);
  if (outcome.observed) row.observed = pricings_.share(*outcome.observed);
  row.next_due = next_due;
  row.consecutive_failures = consecutive_failures;
  row.revision = ++current_.revision;
  if (!is_remembered_alike(*slot, row)) ++memory_revision_;
  slot = std::make_shared<const StatusRow>(std::move(row));
}

void StatusBoard::hasten(SubscriptionId id, WallTime next_due) {
  const MutexLock lock(mutex_);
  const auto found = index_.find(id);
  if (found == index_.end()) return;
  auto& slot = current_.rows[found->second];
  if (!slot->next_due || *slot->next_due <= next_due) return;
  StatusRow row = *slot;
  row.next_due = next_due;
  row.revision = ++current_.revision;
  slot = std::make_shared<const StatusRow>(std::move(row));
}

void StatusBoard::record_departed(const Outcome& outcome, WallTime now, ObservedBy by,
                                  const std::vector<DriftSeen>& seen) {
  const Declaration desired(outcome.desired);
  const auto earlier = earlier_.take(desired->id, now);
  StatusRow row = updated(earlier ? recalled_row(desired, *earlier, now) : new_row(desired, now),
                          outcome, seen, now, by);
  if (outcome.observed) row.observed = pricings_.share(*outcome.observed);
  if (auto left = remembered_when_left(row, now)) earlier_.keep(*std::move(left));
  ++memory_revision_;
}

std::vector<SubscriptionId> StatusBoard::sweep_completed(
    WallTime now, const std::function<bool(SubscriptionId)>& may_cover) {
  const MutexLock lock(mutex_);
  ++observed_revision_;
  auto left = earlier_.take_all_but(may_cover);
  if (earlier_.forget_left(now) || !left.empty()) ++memory_revision_;
  return left;
}

void StatusBoard::recall(StatusMemory memory) {
  const MutexLock lock(mutex_);
  earlier_.set(std::move(memory));
}

StatusMemory StatusBoard::memory() const {
  StatusMemory memory;
  std::vector<std::shared_ptr<const StatusRow>> rows;
  {
    const MutexLock lock(mutex_);
    rows = current_.rows;
    earlier_.append_to(memory);
  }
  for (const auto& row : rows) remember(*row, memory);
  forget_old_changes(memory);
  return memory;
}

void StatusBoard::seen_by_graph(const std::vector<SubscriptionId>& ids, WallTime now) {
  const MutexLock lock(mutex_);
  for (const SubscriptionId id : ids) {
    const auto found = index_.find(id);
    if (found == index_.end()) continue;
    auto& slot = current_.rows[found->second];
    if (!slot->last_attempt) --never_attempted_;
    StatusRow row = *slot;
    note_observed(row, ObservedBy::Graph, now);
    row.last_attempt = now;
    row.revision = ++current_.revision;
    slot = std::make_shared<const StatusRow>(std::move(row));
  }
}

void StatusBoard::attribute(SubscriptionId id, Attribution attribution) {
  const MutexLock lock(mutex_);
  const auto found = index_.find(id);
  if (found == index_.end()) return;
  auto& slot = current_.rows[found->second];
  // The answer about an earlier drift may come later.
  const auto& known = slot->differences->attribution;
  if (known && known->seen_at > attribution.seen_at) return;
  StatusRow row = *slot;
  Differences differences = *row.differences;
  differences.attribution = std::move(attribution);
  row.differences = std::move(differences);
  row.revision = ++current_.revision;
  ++memory_revision_;
  slot = std::make_shared<const StatusRow>(std::move(row));
}

void StatusBoard::set_tags(const std::vector<DiscoveredSubscription>& listed) {
  Tags tags;
  for (const DiscoveredSubscription& subscription : listed) {
    if (!subscription.tags.empty()) tags.insert_or_assign(subscription.id, subscription.tags);
  }
  const MutexLock lock(mutex_);
  for (auto& slot : current_.rows) {
    const auto found = tags.find(slot->desired->id);
    if (found == tags.end() ? slot->tags->empty() : found->second == slot->tags) {
      if (found != tags.end()) found->second = slot->tags;  // equal ones are in memory once
      continue;
    }
    StatusRow row = *slot;
    row.tags = found == tags.end() ? Shared<std::vector<Tag>>() : found->second;
    row.revision = ++current_.revision;
    slot = std::make_shared<const StatusRow>(std::move(row));
  }
  tags_ = std::move(tags);
}

StatusSnapshot StatusBoard::snapshot() const {
  const MutexLock lock(mutex_);
  return current_;
}

std::shared_ptr<const StatusRow> StatusBoard::find(SubscriptionId id) const {
  const MutexLock lock(mutex_);
  const auto found = index_.find(id);
  return found == index_.end() ? nullptr : current_.rows[found->second];
}

}  // namespace defenderd
