// What the fleet's safety remembers across a restart.

#include "base/mutex.h"
#include "reconcile/safety.h"

namespace defenderd {
SafetyMemory Safety::memory() const {
  const MutexLock lock(mutex_);
  const Moment moment = now();
  SafetyMemory memory;
  for (std::size_t i = 0; i < brakes_.size(); ++i) {
    memory.brakes.at(i) = brakes_.at(i).state.counts().memory(moment.steady, moment.wall);
  }
  memory.spent_codes = spent_.oldest_first();
  memory.withdrawn_codes = spent_.withdrawn();
  memory.contests = contests_.memory(moment);
  memory.rollout = rollout_memory(moment);
  return memory;
}

void Safety::recall(const SafetyMemory& memory, WallTime saved) {
  const MutexLock lock(mutex_);
  const Moment moment = now();
  for (std::size_t i = 0; i < brakes_.size(); ++i) {
    brakes_.at(i).state.counts().recall(memory.brakes.at(i), saved, moment.steady, moment.wall);
  }
  for (const std::string& code : memory.withdrawn_codes) spent_.withdraw(code);
  for (const std::string& code : memory.spent_codes) spent_.add(code);
  contests_.recall(memory.contests, saved, moment);
  recall_rollout(memory.rollout, moment);
}

void Safety::fleet_is_complete() {
  const MutexLock lock(mutex_);
  const auto is_declared = [this](SubscriptionId id)
                               REQUIRES(mutex_) { return members_.contains(id); };
  for (FleetBrake& brake : brakes_) brake.state.counts().forget_recalled(is_declared);
  contests_.keep_only(is_declared);
}

Safety::Revision Safety::revision() const {
  const MutexLock lock(mutex_);
  Revision revision{.any = contests_.revision() + rollout_.revision() + spent_.revision(),
                    .before_write = before_write_ + rollout_.before_write(),
                    .ages = contests_.ages()};
  for (const FleetBrake& brake : brakes_) revision.any += brake.state.counts().revision();
  return revision;
}

}  // namespace defenderd
