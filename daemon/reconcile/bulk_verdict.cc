#include "reconcile/bulk_verdict.h"

#include "core/decide.h"
#include "core/diff.h"
#include "reconcile/fingerprint.h"

namespace defenderd {
namespace {

// Each declared extension must be shown by name.
bool shows_as_declared(const DesiredSubscription& desired, const BulkPlan* shown) {
  return shown != nullptr && shown->pricing && shows_all(desired, *shown->pricing) &&
         diff(desired, *shown->pricing).empty();
}

// Only direct reads resolve what bulk observation cannot show: an unverified write, a normal wait,
// any state except InSync, in an earlier run as well.
bool is_known_better(const FleetEntry& entry, WallTime now) {
  if (!entry.before.unresolved->empty()) return true;
  if (entry.failing_since) return true;
  if (entry.read_first && !entry.read_directly) return true;
  if (entry.before.state == State::Unknown) return is_suspended(*entry.desired, now);
  return entry.before.state != State::InSync;
}

}  // namespace

std::uint64_t doubt_of(const BulkPlan* shown) {
  if (shown == nullptr) return 0;
  return shown->pricing ? fingerprint(*shown->pricing) : 1;
}

BulkVerdict judge_bulk(const FleetEntry& entry, const BulkPlan* shown, WallTime now) {
  if (is_known_better(entry, now)) return BulkVerdict::KnownBetter;
  if (!shows_as_declared(*entry.desired, shown)) {
    return entry.doubt == doubt_of(shown) ? BulkVerdict::KnownBetter : BulkVerdict::Doubt;
  }
  return entry.before.state == State::Unknown ? BulkVerdict::FirstSight : BulkVerdict::Vouched;
}

}  // namespace defenderd
