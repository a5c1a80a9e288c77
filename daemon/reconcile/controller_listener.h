#pragma once
// What the controller reports.

#include <functional>

#include "base/clock.h"
#include "base/guarded.h"
#include "core/outcome.h"
#include "reconcile/bulk_batch.h"

namespace defenderd {

// What the controller knows about a reconcile besides its outcome.
struct Attempt {
  WallTime at;  // when it ended
  Duration took{0};
  int failures = 0;     // consecutive, including this one
  Duration next_in{0};  // until this subscription's next turn
};

// Called on a worker's thread, without a lock. An exception goes to `threw`.
struct ControllerListener {
  // After each reconcile; never for a subscription that has left the desired state meanwhile.
  std::function<void(const Outcome&, const Attempt&)> reconciled = {};
  // When every declared subscription has been attempted since the last time.
  std::function<void(WallTime)> sweep_completed = {};
  // Instead of `reconciled` for one that is no longer declared: its writes are still reported.
  std::function<void(const Outcome&)> departed = {};
  // After each answer of bulk observation, on the sweeper's thread.
  std::function<void(const BulkSeen&)> bulk_seen = {};
  // Before `reconciled`, if the result was not what bulk observation had shown.
  std::function<void(const Outcome&, const BulkDisagreement&)> bulk_disagreed = {};
  OnThrow threw = {};
};

}  // namespace defenderd
