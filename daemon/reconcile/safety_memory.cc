// What the fleet's safety remembers across a restart.

#include <algorithm>
#include <chrono>
#include <tuple>

#include "base/mutex.h"
#include "reconcile/safety.h"

namespace defenderd {
namespace {

// Of a subscription that is no longer declared, or that was not observed for so long.
constexpr auto kForgetContest = std::chrono::hours(24);

}  // namespace

SafetyMemory Safety::memory() const {
  const MutexLock lock(mutex_);
  const SteadyTime now = clock_.steady_now();
  const WallTime wall = clock_.wall_now();
  SafetyMemory memory;
  for (std::size_t i = 0; i < brakes_.size(); ++i) {
    memory.brakes.at(i) = brakes_.at(i).state.counts().memory(now, wall);
  }
  memory.spent_codes = spent_.oldest_first();
  for (const auto& [id, contests] : contests_) {
    for (const auto& [key, history] : contests)
      memory.contests.push_back({{id, key.first}, key.second, history.memory(now, wall)});
  }
  std::sort(memory.contests.begin(), memory.contests.end(), [](const auto& a, const auto& b) {
    return std::tie(a.change, a.desired) < std::tie(b.change, b.desired);
  });
  return memory;
}

void Safety::recall(const SafetyMemory& memory, WallTime saved) {
  const MutexLock lock(mutex_);
  const SteadyTime now = clock_.steady_now();
  const WallTime wall = clock_.wall_now();
  for (std::size_t i = 0; i < brakes_.size(); ++i) {
    brakes_.at(i).state.counts().recall(memory.brakes.at(i), saved, now, wall);
  }
  for (const std::string& code : memory.spent_codes) spent_.add(code);
  for (const RememberedContest& contest : memory.contests) {
    if (contest.history.active_at + kForgetContest < wall) continue;
    contests_[contest.change.subscription].insert_or_assign(
        {contest.change.field, contest.desired},
        CorrectionHistory::recalled(contest.history, saved, now, wall));
  }
}

Safety::Revision Safety::revision() const {
  const MutexLock lock(mutex_);
  Revision revision{.any = contests_revision_, .before_write = before_write_};
  for (const FleetBrake& brake : brakes_) revision.any += brake.state.counts().revision();
  return revision;
}

}  // namespace defenderd
