#pragma once
// What a row of bulk observation is worth for one subscription. Pure.

#include <cstdint>

#include "base/clock.h"
#include "reconcile/bulk_store.h"
#include "reconcile/fleet_entry.h"

namespace defenderd {

enum class BulkVerdict {
  Vouched,      // as declared, as it was before: a direct read is needed only now and then
  FirstSight,   // as declared, and the first that is known of it
  Doubt,        // shown otherwise, which is news: it must be read directly
  KnownBetter,  // a direct read said something better: the row changes nothing
};

// `shown` is what bulk observation shows of it; nullptr: nothing.
[[nodiscard]] BulkVerdict judge_bulk(const FleetEntry& entry, const BulkPlan* shown, WallTime now);

// What was shown, as a number: the same doubt is read directly only once.
[[nodiscard]] std::uint64_t doubt_of(const BulkPlan* shown);

}  // namespace defenderd
