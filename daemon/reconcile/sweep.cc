#include "reconcile/sweep.h"

namespace defenderd {

SweepTracker::Member SweepTracker::join() {
  ++declared_;
  ++to_come_;
  return {};
}

bool SweepTracker::leave(const Member& member, WallTime now) {
  --declared_;
  return member.attempted_in != present_ && one_less(now);
}

bool SweepTracker::attempted(Member& member, WallTime now) {
  if (member.attempted_in == present_) return false;
  member.attempted_in = present_;
  return one_less(now);
}

bool SweepTracker::one_less(WallTime now) {
  if (--to_come_ > 0) return false;
  last_completed_ = now;
  to_come_ = declared_;
  ++present_;
  return true;
}

}  // namespace defenderd
