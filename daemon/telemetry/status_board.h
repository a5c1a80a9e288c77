#pragma once
// The state of every declared subscription: what the metrics, the API and the page show. It follows
// the desired state, so a subscription that leaves the YAML disappears from all of them.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/shared.h"
#include "core/desired_state.h"
#include "core/outcome.h"
#include "core/scope.h"
#include "telemetry/pricing_pool.h"
#include "telemetry/status_memory.h"
#include "telemetry/status_row.h"

namespace defenderd {

// One consistent view, in the order of the YAML. The rows are immutable and shared with the board,
// so a view of ten thousand subscriptions copies no texts.
struct StatusSnapshot {
  std::vector<std::shared_ptr<const StatusRow>> rows;
  std::uint64_t revision = 0;          // increases with every change of the board
  std::uint64_t desired_revision = 0;  // the one of the last set_desired()
};

// How much of a fleet is as declared.
struct KnownCounts {
  std::array<std::size_t, kAllKnown.size()> now = {};   // by known()
  std::array<std::size_t, kAllKnown.size()> last = {};  // of those not known now, by last_known

  void add(const StatusRow& row) {
    const Known known = row.known();
    ++now[static_cast<std::size_t>(known)];
    if (known == Known::NotKnown) ++last[static_cast<std::size_t>(row.last_known)];
  }
};
[[nodiscard]] KnownCounts count_known(const StatusSnapshot& snapshot);

// The subscriptions that have a change withheld for this reason.
[[nodiscard]] std::vector<SubscriptionId> waiting_for(const StatusSnapshot& snapshot,
                                                      Reason reason);

// Thread-safe.
class StatusBoard {
 public:
  // Removes rows that are no longer declared, adds new ones as Unknown/NotObservedYet, and keeps
  // the others. What was removed within a day comes back as after a restart.
  void set_desired(const DesiredState& desired, WallTime now);

  // Of one that is not declared any more, it is for the case that it comes back. The outcome's
  // `desired` is not used: it may be older than the board's. `seen`: what the journal says of its
  // drift.
  void record(const Outcome& outcome, WallTime now, std::optional<WallTime> next_due,
              int consecutive_failures, ObservedBy by = ObservedBy::Direct,
              const std::vector<DriftSeen>& seen = {});

  // Azure Resource Graph still shows them as declared. What was observed directly stays, because it
  // has more detail.
  void seen_by_graph(const std::vector<SubscriptionId>& ids, WallTime now);

  // It is checked again earlier than was recorded.
  void hasten(SubscriptionId id, WallTime next_due);

  // Who changed a subscription. Ignored for one that is not declared (any more).
  void attribute(SubscriptionId id, Attribution attribution);

  // The tags of all visible subscriptions. Those of one that is declared later are remembered.
  void set_tags(const std::vector<DiscoveredSubscription>& listed);

  // The number of rows, and of those that were never attempted. Takes no lock, because probes call
  // it.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t never_attempted() const { return never_attempted_; }

  [[nodiscard]] StatusSnapshot snapshot() const;
  // nullptr if it is not declared.
  [[nodiscard]] std::shared_ptr<const StatusRow> find(SubscriptionId id) const;

  // What a restart must remember. recall() comes before the first set_desired(); what it has of
  // subscriptions that are declared later is kept until sweep_completed().
  [[nodiscard]] StatusMemory memory() const;
  void recall(StatusMemory memory);
  // A sweep of everything that is known of the fleet. Returns those that are remembered and no
  // longer declared, without those that a scope may still cover.
  std::vector<SubscriptionId> sweep_completed(
      WallTime now,
      const std::function<bool(SubscriptionId)>& may_cover = [](SubscriptionId) { return false; });
  // Increases if memory() may have changed, see is_remembered_alike(); observed_revision() at the
  // end of each sweep, which changes the rest.
  [[nodiscard]] std::uint64_t memory_revision() const { return memory_revision_; }
  [[nodiscard]] std::uint64_t observed_revision() const { return observed_revision_; }

 private:
  using Tags = std::unordered_map<SubscriptionId, Shared<std::vector<Tag>>>;

  // The position of its row: mostly the one before an edit, which needs no search.
  [[nodiscard]] std::optional<std::size_t> place_of(SubscriptionId id, std::size_t likely) const
      REQUIRES(mutex_);
  void index_rows() REQUIRES(mutex_);
  void record_departed(const Outcome& outcome, WallTime now, ObservedBy by,
                       const std::vector<DriftSeen>& seen) REQUIRES(mutex_);
  // `rows` are those declared now, in place of current_.rows.
  void keep_departed(const std::vector<std::shared_ptr<const StatusRow>>& rows, WallTime now)
      REQUIRES(mutex_);

  mutable Mutex mutex_;
  StatusSnapshot current_ GUARDED_BY(mutex_);
  std::unordered_map<SubscriptionId, std::size_t> index_ GUARDED_BY(mutex_);
  PricingPool pricings_ GUARDED_BY(mutex_);
  EarlierRows earlier_ GUARDED_BY(mutex_);
  Tags tags_ GUARDED_BY(mutex_);  // of the visible subscriptions that have some
  // Written with the lock held, and read without.
  std::atomic<std::size_t> size_ = 0;
  std::atomic<std::size_t> never_attempted_ = 0;
  std::atomic<std::uint64_t> memory_revision_ = 0;
  std::atomic<std::uint64_t> observed_revision_ = 0;
};

}  // namespace defenderd
