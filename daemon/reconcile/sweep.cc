#include "reconcile/sweep.h"

#include <utility>

namespace defenderd {

bool SweepTracker::set_declared(const std::vector<SubscriptionId>& ids, WallTime now) {
  std::unordered_set<SubscriptionId> declared(ids.begin(), ids.end());
  for (const SubscriptionId id : declared) {
    if (!declared_.contains(id)) to_come_.insert(id);
  }
  const bool was_empty = to_come_.empty();
  std::erase_if(to_come_, [&](SubscriptionId id) { return !declared.contains(id); });
  declared_ = std::move(declared);
  return !was_empty && complete_if_empty(now);
}

bool SweepTracker::attempted(SubscriptionId id, WallTime now) {
  return to_come_.erase(id) > 0 && complete_if_empty(now);
}

bool SweepTracker::complete_if_empty(WallTime now) {
  if (!to_come_.empty()) return false;
  last_completed_ = now;
  to_come_ = declared_;
  return true;
}

}  // namespace defenderd
