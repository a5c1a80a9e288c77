#pragma once
// What goes to and fro between the bulk sweeper and the controller.

#include <optional>
#include <vector>

#include "base/clock.h"
#include "core/outcome.h"
#include "reconcile/work_queue.h"

namespace defenderd {

// Subscriptions that one query asks for.
struct BulkBatch {
  Lane lane;
  std::vector<SubscriptionId> ids;
};

// What the answer to a batch was worth.
struct BulkSeen {
  // No worker takes it up before the listener has returned: what it finds is told later.
  struct First {
    Outcome outcome;
    WallTime next_due;  // for a direct look
  };
  WallTime at;
  std::vector<First> first;            // as declared, and never observed before
  std::vector<SubscriptionId> again;   // as declared, as before
  std::vector<SubscriptionId> doubts;  // due for a direct look because of what was shown
};

// A direct look found a drift where bulk observation had shown none.
struct BulkDisagreement {
  bool first = false;                        // of this subscription
  std::optional<Duration> distrusted_for{};  // it is not asked for so long, from now on
};

}  // namespace defenderd
