#include "reconcile/work_queue.h"

#include <algorithm>

namespace defenderd {
namespace {

template <class Waiting>
std::optional<SteadyTime> first_due(const Waiting& waiting) {
  return waiting.empty() ? std::nullopt : std::optional(waiting.begin()->first);
}

template <class Heads>
void head_moved(Heads& heads, const Lane& lane, std::optional<SteadyTime> from,
                std::optional<SteadyTime> to) {
  if (from == to) return;
  if (from) heads.erase({*from, lane});
  if (to) heads.emplace(*to, lane);
}

}  // namespace

WorkQueue::WorkQueue(LaneGate gate) : gate_(std::move(gate)) {}

void WorkQueue::insert_locked(SubscriptionId id, const Item& item) {
  Line& line = line_of(item);
  Waiting& waiting = line.lanes[item.lane];
  const auto before = first_due(waiting);
  waiting.emplace(item.due, id);
  head_moved(line.heads, item.lane, before, first_due(waiting));
  wake_for_locked(item.due);
}

void WorkQueue::wake_for_locked(SteadyTime ready) {
  if (!watched_ || ready >= wake_) return;
  wake_ = ready;
  earlier_.notify_one();
}

void WorkQueue::erase_locked(SubscriptionId id, const Item& item) {
  Line& line = line_of(item);
  const auto lane = line.lanes.find(item.lane);
  const auto before = first_due(lane->second);
  lane->second.erase({item.due, id});
  head_moved(line.heads, item.lane, before, first_due(lane->second));
  if (lane->second.empty()) line.lanes.erase(lane);
}

void WorkQueue::add(SubscriptionId id, const Lane& lane, SteadyTime due, Share share) {
  const MutexLock lock(mutex_);
  put_locked(id, lane, {due, share}, false);
}

void WorkQueue::make_due(SubscriptionId id, const Lane& lane, SteadyTime now, Share share) {
  const MutexLock lock(mutex_);
  put_locked(id, lane, {now, share}, true);
}

void WorkQueue::put_locked(SubscriptionId id, const Lane& lane, Turn turn, bool now) {
  const auto better = [&](const Turn& present) {
    return turn.due < present.due || (now && turn.share < present.share);
  };
  const auto [found, is_new] = items_.try_emplace(id, Item(lane, turn));
  Item& item = found->second;
  if (item.processing) {
    item.lane = lane;
    item.removed = false;
    if (!item.dirty || better(*item.dirty_turn())) item.set_dirty(turn);
    return;
  }
  if (!is_new) {
    erase_locked(id, item);
    item.lane = lane;
    if (better({item.due, item.share})) item.set_turn(turn);
  }
  insert_locked(id, item);
}

bool WorkQueue::hasten(SubscriptionId id, SteadyTime latest, SteadyTime due) {
  const MutexLock lock(mutex_);
  const auto found = items_.find(id);
  if (found == items_.end()) return false;
  const Item& item = found->second;
  // When a worker gives it back is not known yet.
  const bool waits = !item.processing;
  if (item.removed || (waits && item.due <= latest)) return false;
  put_locked(id, Lane(item.lane), {due, item.share}, false);
  return waits;
}

void WorkQueue::remove(SubscriptionId id) {
  const MutexLock lock(mutex_);
  const auto found = items_.find(id);
  if (found == items_.end()) return;
  if (found->second.processing) {
    found->second.removed = true;
    return;
  }
  erase_locked(id, found->second);
  items_.erase(found);
}

std::optional<SubscriptionId> WorkQueue::try_pop(SteadyTime now) {
  const MutexLock lock(mutex_);
  return pop_locked(now);
}

std::optional<SubscriptionId> WorkQueue::pop_locked(SteadyTime now) {
  for (std::size_t i = 0; i < kShares; ++i) {
    const std::size_t share = (turn_ + i) % kShares;
    if (const auto id = pop_from_locked(lines_[share], now)) {
      turn_ = (share + 1) % kShares;
      return id;
    }
  }
  return std::nullopt;
}

std::optional<SubscriptionId> WorkQueue::pop_from_locked(const Line& line, SteadyTime now) {
  const auto head = std::find_if(line.heads.begin(), line.heads.end(), [&](const auto& candidate) {
    return candidate.first > now || !gate_ || gate_(candidate.second) <= now;
  });
  if (head == line.heads.end() || head->first > now) return std::nullopt;
  const SubscriptionId id = line.lanes.at(head->second).begin()->second;
  Item& item = items_.at(id);
  erase_locked(id, item);
  item.processing = true;
  ++processing_;
  return id;
}

std::optional<SubscriptionId> WorkQueue::pop(const Clock& clock, Duration patience,
                                             const std::stop_token& stop) {
  const SteadyTime give_up = clock.steady_now() + patience;
  MutexLock lock(mutex_);
  while (!stop.stop_requested()) {
    const SteadyTime now = clock.steady_now();
    if (auto id = pop_locked(now)) {
      if (!watched_) watch_.notify_one();
      return id;
    }
    if (now >= give_up) break;
    if (watched_) {
      watch_.wait_for(lock, stop, give_up - now, [this]() REQUIRES(mutex_) { return !watched_; });
      continue;
    }
    watched_ = true;
    wake_ = std::min(next_ready_locked(now).value_or(give_up), give_up);
    const SteadyTime planned = wake_;  // a copy: the wait reads it with the lock released
    earlier_.wait_for(lock, stop, planned - now,
                      [this, planned]() REQUIRES(mutex_) { return wake_ < planned; });
    watched_ = false;
  }
  if (!watched_) watch_.notify_one();
  return std::nullopt;
}

void WorkQueue::done(SubscriptionId id, SteadyTime next_due) {
  const MutexLock lock(mutex_);
  const auto found = items_.find(id);
  if (found == items_.end() || !found->second.processing) return;
  --processing_;
  Item& item = found->second;
  if (item.removed) {
    items_.erase(found);
    return;
  }
  item.processing = false;
  const std::optional<Turn> dirty = item.dirty_turn();
  item.set_turn(dirty && dirty->due <= next_due ? *dirty : Turn{next_due});
  item.dirty = false;
  insert_locked(id, item);
}

std::optional<SteadyTime> WorkQueue::claim(SubscriptionId id) {
  const MutexLock lock(mutex_);
  const auto found = items_.find(id);
  if (found == items_.end() || found->second.processing) return std::nullopt;
  erase_locked(id, found->second);
  found->second.processing = true;
  ++processing_;
  return found->second.due;
}

std::optional<SteadyTime> WorkQueue::next_ready(SteadyTime now) const {
  const MutexLock lock(mutex_);
  return next_ready_locked(now);
}

std::optional<SteadyTime> WorkQueue::next_ready_locked(SteadyTime now) const {
  std::optional<SteadyTime> result;
  for (const Line& line : lines_) {
    for (const auto& [due, lane] : line.heads) {
      if (result && due >= *result) break;
      SteadyTime ready = std::max(due, now);
      if (gate_) ready = std::max(ready, gate_(lane));
      if (!result || ready < *result) result = ready;
    }
  }
  return result;
}

WorkQueue::Stats WorkQueue::stats(SteadyTime now) const {
  const MutexLock lock(mutex_);
  Stats stats;
  stats.size = items_.size();
  stats.processing = processing_;
  for (const Line& line : lines_) {
    for (const auto& [lane, waiting] : line.lanes) {
      for (const auto& [due, id] : waiting) {
        if (due > now) break;
        ++stats.due;
        stats.oldest_age = std::max(stats.oldest_age, now - due);
      }
    }
  }
  return stats;
}

}  // namespace defenderd
