#include "app/takeover_wait.h"

#include <utility>

#include "base/time_text.h"

namespace defenderd {

TakeoverWait::TakeoverWait(const LeadershipSource& leadership, std::string replica,
                           const Clock& clock, Logger& log)
    : leadership_(leadership), clock_(clock), log_(log), mine_{std::move(replica)} {}

void TakeoverWait::set_in_force(const std::string& hash) {
  const MutexLock lock(mutex_);
  if (mine_.hash == hash) return;
  mine_.hash = hash;
  mine_.since = clock_.wall_now();
  ++revision_;
}

void TakeoverWait::recall(InForce before) {
  const WallTime wall = clock_.wall_now();
  std::string why;
  {
    const MutexLock lock(mutex_);
    if (before.hash == mine_.hash) mine_.since = before.since;
    const Duration wait = file_wait(before, mine_, wall);
    if (wait <= Duration::zero()) return;
    why = "the previous leader, " + before.replica + ", had another desired state in force since " +
          format_rfc3339(before.since) + " (hash " + before.hash + ", and " + mine_.hash +
          " here): nothing is written until the file of this replica changes, or until " +
          format_rfc3339(wall + std::chrono::duration_cast<WallTime::duration>(wait)) +
          ", because an edit reaches one replica later than the other";
    waiting_ = Waiting{std::move(before), mine_.hash, clock_.steady_now() + wait, why};
  }
  log_.log(LogLevel::Warn, log_event::kLeadership, why);
}

bool TakeoverWait::check() {
  std::string message;
  {
    const MutexLock lock(mutex_);
    if (!waiting_) return false;
    const bool has_changed = mine_.hash != waiting_->hash;
    if (!has_changed && clock_.steady_now() < waiting_->until) return false;
    if (mine_.hash == waiting_->before.hash) {
      mine_.since = waiting_->before.since;
      message = "this replica now has the previous leader's desired state: writing begins";
    } else if (has_changed) {
      message = "the desired state of this replica has changed: writing begins";
    } else {
      mine_.since = clock_.wall_now();
      message = "the desired state of this replica has not changed: writing begins with it";
    }
    waiting_.reset();
    ++revision_;
  }
  log_.log(LogLevel::Info, log_event::kLeadership, message);
  return true;
}

InForce TakeoverWait::memory() const {
  const MutexLock lock(mutex_);
  return waiting_ ? waiting_->before : mine_;
}

std::uint64_t TakeoverWait::revision() const {
  const MutexLock lock(mutex_);
  return revision_;
}

LeadershipStanding TakeoverWait::standing() const {
  LeadershipStanding now = leadership_.standing();
  const MutexLock lock(mutex_);
  if (!now.may_write || !waiting_) return now;
  return {false, {}, waiting_->why};
}

}  // namespace defenderd
