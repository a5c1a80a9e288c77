#include "reconcile/sweep.h"

namespace defenderd {

SweepTracker::Member SweepTracker::join() {
  ++declared_;
  ++to_come_;
  return {};
}

bool SweepTracker::leave(const Member& member, WallTime now) {
  --declared_;
  if (member.waits) {
    --waiting_;
    return false;
  }
  return member.attempted_in != present_ && one_less(now);
}

bool SweepTracker::attempted(Member& member, bool waits, WallTime now) {
  const bool counted = !member.waits && member.attempted_in != present_;
  member.attempted_in = present_;
  if (member.waits != waits) {
    member.waits = waits;
    waits ? ++waiting_ : --waiting_;
  }
  if (counted) return one_less(now);
  if (to_come_ > 0) return false;
  complete(now);  // all others wait, too
  return true;
}

bool SweepTracker::one_less(WallTime now) {
  if (--to_come_ > 0) return false;
  complete(now);
  return true;
}

void SweepTracker::complete(WallTime now) {
  last_completed_ = now;
  to_come_ = declared_ - waiting_;
  ++present_;
}

}  // namespace defenderd
