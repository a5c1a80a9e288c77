#pragma once
// What the bulk sweeper and the controller exchange.

#include <optional>
#include <vector>

#include "base/clock.h"
#include "core/outcome.h"
#include "reconcile/work_queue.h"

namespace defenderd {

// The subscriptions of one query.
struct BulkBatch {
  Lane lane;
  std::vector<SubscriptionId> ids;
};

// The result of a batch.
struct BulkSeen {
  // No worker takes it before the listener has returned: its result is reported later.
  struct First {
    Outcome outcome;
    WallTime next_due;  // for a direct read
  };
  WallTime at;
  std::vector<First> first;            // as declared, and never observed before
  std::vector<SubscriptionId> again;   // as declared, as before
  std::vector<SubscriptionId> doubts;  // due for a direct read because of what was shown
};

// A direct read found drift that bulk observation had not shown.
struct BulkDisagreement {
  bool first = false;                        // of this subscription
  std::optional<Duration> distrusted_for{};  // it is not queried for this long
};

}  // namespace defenderd
