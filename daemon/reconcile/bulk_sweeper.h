#pragma once
// Bulk observation: queries the bulk store for the declared fleet in large batches, once per
// interval, and passes the result to the controller, which decides what it is worth.

#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>

#include "base/alarm.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/mutex.h"
#include "core/failure.h"
#include "reconcile/bulk_store.h"
#include "reconcile/controller.h"

namespace defenderd {

// The result of one pass over the fleet.
struct BulkPass {
  WallTime at;                       // when it ended
  std::size_t subscriptions = 0;     // in the pass
  std::size_t unanswered = 0;        // of these, in queries that failed or were not sent
  std::optional<Failure> failure{};  // why: the first one
  bool distrusted = false;           // nothing was queried, because it was wrong too often
};

// Thread-safe.
class BulkSweeper {
 public:
  // Subscriptions in a query. Resource Graph takes 1,000 and counts queries; its documentation asks
  // for fewer than 300 if answers are large, but here each has one short row.
  static constexpr std::size_t kBatch = 500;
  // On the sweeper's thread, without a lock. An exception goes to `threw`.
  struct Listener {
    std::function<void(const BulkPass&)> passed = {};  // after each pass that was not stopped
    std::function<void(bool ok)> queried = {};         // after each query
    std::function<void()> switched_off = {};
    OnThrow threw = {};
  };
  // All must outlive it. `interval`: from the start of one pass to the start of the next; nullopt:
  // there is no bulk observation.
  BulkSweeper(Controller& controller, BulkStore& store, Clock& clock,
              std::optional<Duration> interval, Listener listener);

  // One pass immediately, then one per interval, until `stop` is requested.
  void run(const std::stop_token& stop);
  void pass(const std::stop_token& stop);

  // Makes the next pass due now: there is something new to observe.
  void wake();
  // Takes effect at once; without bulk observation, subscriptions that it covered are read directly
  // again.
  void set_interval(std::optional<Duration> interval);

 private:
  std::optional<Failure> query(const BulkBatch& batch, const std::stop_token& stop);
  void read_all_directly();
  void switch_off();
  [[nodiscard]] std::optional<Duration> begin();
  [[nodiscard]] Duration patience_of_pass();

  Controller& controller_;
  BulkStore& store_;
  Clock& clock_;
  const Listener listener_;

  mutable Mutex mutex_;
  std::optional<Duration> interval_ GUARDED_BY(mutex_);
  Alarm alarm_;  // between two passes
};

}  // namespace defenderd
