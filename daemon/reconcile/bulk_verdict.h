#pragma once
// What a row of bulk observation is worth for one subscription. Pure.

#include <cstdint>

#include "base/clock.h"
#include "reconcile/bulk_store.h"
#include "reconcile/fleet_entry.h"

namespace defenderd {

enum class BulkVerdict {
  Vouched,      // as declared, as it was before: a direct read is needed only now and then
  FirstSight,   // as declared, and the first observation of it
  Doubt,        // shown differently, which is new: read it directly
  KnownBetter,  // a direct read is more recent: the row changes nothing
};

// `shown` is what bulk observation shows of it; nullptr: nothing.
[[nodiscard]] BulkVerdict judge_bulk(const FleetEntry& entry, const BulkPlan* shown, WallTime now);

// A hash of what was shown: the same doubt causes only one direct read.
[[nodiscard]] std::uint64_t doubt_of(const BulkPlan* shown);

}  // namespace defenderd
