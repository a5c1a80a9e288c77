#pragma once
// When each subscription is processed: a queue with delay and deduplication. Each subscription is
// in it once, and no two workers process the same one.
//
// Subscriptions are in lanes, one per tenant: a lane that must wait (its budget is used up, or ARM
// throttles its principal) does not delay other lanes. Scheduled and requested work take turns, so
// that neither starves the other.

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"
#include "core/ids.h"

namespace defenderd {

using Lane = std::optional<TenantId>;

// Why a subscription is due, most urgent first. Each share gets at least every third turn.
enum class Share : std::uint8_t {
  Asked,      // somebody requested this one
  Scheduled,  // its time has come, or its declaration changed
  AskedAll    // somebody requested the whole fleet
};
inline constexpr std::size_t kShares = 3;

// Thread-safe. Only pop() waits.
class WorkQueue {
 public:
  // When a lane may start work; a time that is not after now means at once. Called with the queue
  // locked: it must be quick and must not call back.
  using LaneGate = std::function<SteadyTime(const Lane&)>;

  explicit WorkQueue(LaneGate gate);

  // Adds it, or brings it forward if `due` is earlier than its current time. While a worker
  // processes it, the request is kept until done().
  void add(SubscriptionId id, const Lane& lane, SteadyTime due, Share share = Share::Scheduled);
  // Due now. One that is already due keeps its place, or moves to a more urgent share.
  void make_due(SubscriptionId id, const Lane& lane, SteadyTime now, Share share);

  // Brings it forward to `due` if it would come later than `latest`. Returns whether it waits until
  // then.
  bool hasten(SubscriptionId id, SteadyTime latest, SteadyTime due);

  // Removes it. A worker that processes it finishes; its done() then puts nothing back.
  void remove(SubscriptionId id);

  // The one that has been due longest in the share whose turn it is and an open lane: the
  // caller processes it until done(). nullopt: none.
  std::optional<SubscriptionId> try_pop(SteadyTime now);

  // Like try_pop(), but waits. nullopt if `stop` is requested, and after `patience` at most, so
  // that a waiting worker can report progress.
  std::optional<SubscriptionId> pop(const Clock& clock, Duration patience,
                                    const std::stop_token& stop);

  // Ends the processing; due again at `next_due`, or earlier if add() requested it meanwhile.
  void done(SubscriptionId id, SteadyTime next_due);

  // Like try_pop() for this one, due or not. Returns when it was due; nullopt if it is not in the
  // queue, or somebody else processes it.
  std::optional<SteadyTime> claim(SubscriptionId id);

  // The earliest time at which anything can be popped; nullopt if nothing waits.
  [[nodiscard]] std::optional<SteadyTime> next_ready(SteadyTime now) const;

  struct Stats {
    std::size_t size = 0;  // all in the queue, including those in processing
    std::size_t due = 0;   // due and waiting for a worker or for their lane
    std::size_t processing = 0;
    Duration oldest_age{0};  // how long the longest due one has waited
  };
  [[nodiscard]] Stats stats(SteadyTime now) const;

 private:
  struct Turn {
    SteadyTime due;
    Share share = Share::Scheduled;
  };
  // One for each subscription: a dirty one's turn is stored in its parts, which saves a fifth of
  // the memory.
  struct Item {
    Item(const Lane& in, Turn turn) : lane(in), due(turn.due), share(turn.share) {}
    void set_turn(Turn turn) {
      due = turn.due;
      share = turn.share;
    }
    // What was added while it was processed.
    [[nodiscard]] std::optional<Turn> dirty_turn() const {
      return dirty ? std::optional(Turn{dirty_due, dirty_share}) : std::nullopt;
    }
    void set_dirty(Turn turn) {
      dirty = true;
      dirty_due = turn.due;
      dirty_share = turn.share;
    }

    Lane lane;
    SteadyTime due;
    SteadyTime dirty_due = {};
    Share share;
    Share dirty_share = Share::Scheduled;
    bool dirty = false;
    bool processing = false;
    bool removed = false;  // while it was processed
  };
  using Waiting = std::set<std::pair<SteadyTime, SubscriptionId>>;
  struct Line {
    std::map<Lane, Waiting> lanes;  // none of them empty
    // When the first of each lane is due, so that a worker need not search a hundred lanes.
    std::set<std::pair<SteadyTime, Lane>> heads;
  };

  void put_locked(SubscriptionId id, const Lane& lane, Turn turn, bool now) REQUIRES(mutex_);
  std::optional<SubscriptionId> pop_locked(SteadyTime now) REQUIRES(mutex_);
  std::optional<SubscriptionId> pop_from_locked(const Line& line, SteadyTime now) REQUIRES(mutex_);
  [[nodiscard]] std::optional<SteadyTime> next_ready_locked(SteadyTime now) const REQUIRES(mutex_);
  Line& line_of(const Item& item) REQUIRES(mutex_) {
    return lines_[static_cast<std::size_t>(item.share)];
  }
  void insert_locked(SubscriptionId id, const Item& item) REQUIRES(mutex_);
  void erase_locked(SubscriptionId id, const Item& item) REQUIRES(mutex_);

  void wake_for_locked(SteadyTime ready) REQUIRES(mutex_);

  const LaneGate gate_;
  mutable Mutex mutex_;
  // One of the calls that wait in pop(), the watcher, wakes when the next is ready; when it leaves,
  // another becomes the watcher. So a subscription that becomes due wakes only one worker.
  std::condition_variable_any earlier_;  // the watcher must check before wake_
  std::condition_variable_any watch_;    // there is no watcher
  bool watched_ GUARDED_BY(mutex_) = false;
  SteadyTime wake_ GUARDED_BY(mutex_);
  std::unordered_map<SubscriptionId, Item> items_ GUARDED_BY(mutex_);
  std::array<Line, kShares> lines_ GUARDED_BY(mutex_);  // by share
  std::size_t turn_ GUARDED_BY(mutex_) = 0;  // the share that comes first at the next pop
  std::size_t processing_ GUARDED_BY(mutex_) = 0;
};

}  // namespace defenderd
