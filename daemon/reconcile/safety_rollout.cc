// The part of the fleet's safety in a roll-out: waves, pace, and its stop (core/rollout.h).

#include <algorithm>
#include <utility>

#include "base/mutex.h"
#include "base/text.h"
#include "reconcile/change_results.h"
#include "reconcile/fingerprint.h"
#include "reconcile/safety.h"

namespace defenderd {
namespace {

constexpr std::size_t kCodeLength = 8;
constexpr std::size_t kMostCodes = 20;  // who fails may change many times while it is stopped

bool can_be_written(const DesiredSubscription& desired, WallTime now) {
  return desired.mode == Mode::Enforce && !is_suspended(desired, now);
}

}  // namespace

void Safety::declare_in_rollout(const DesiredSubscription& desired, Member& member, bool changed) {
  RolloutMember next = changed ? RolloutMember{} : member.rollout;
  next.wave = desired.wave;
  next.writable = can_be_written(desired, clock_.wall_now());
  if (changed) {
    const std::uint64_t mark = reached_mark(desired.id, member.declaration);
    next.reached = std::binary_search(earlier_reached_.begin(), earlier_reached_.end(), mark);
    if (const auto earlier = earlier_started_.extract(mark)) {
      next.started = true;
      next.excused = earlier.mapped();
    }
  }
  rollout_.update(desired.id, member.rollout, next);
}

void Safety::note_difference(const DesiredSubscription& desired, Member& member, bool differs) {
  RolloutMember next = member.rollout;
  next.writable = can_be_written(desired, clock_.wall_now());  // a suspension may be over
  next.differs = differs;
  rollout_.update(desired.id, member.rollout, next);
}

void Safety::ask_rollout(SubscriptionId id, Member& member, const std::vector<Drift>& passing,
                         SafetyVerdict& verdict) {
  const auto why = rollout_.judge(id, member.rollout, clock_.steady_now());
  has_started_ = has_started_ || member.rollout.started;
  if (!why) return;
  for (const Drift& drift : passing) verdict.withhold(drift.field, *why);
}

void Safety::record_in_rollout(const Outcome& outcome, Member& member) {
  RolloutMember next = member.rollout;
  next.writable = can_be_written(outcome.desired, clock_.wall_now());
  next.failed =
      outcome.result == ReconcileResult::Failed || outcome.result == ReconcileResult::Panic;
  if (outcome.observed) {
    next.differs = std::any_of(outcome.changes.begin(), outcome.changes.end(), is_still_wanted);
    if (outcome.drift_left.empty() && !outcome.failure) next.reached = true;
  }
  if (next.reached) next.waits = false;
  rollout_.update(outcome.desired.id, member.rollout, next);
}

void Safety::evaluate_rollout(News& news) {
  if (rollout_.is_over()) end_rollout();
  // Whoever is declared from now on has not had a turn.
  if (to_come_ == 0 && !members_.empty()) earlier_started_.clear();
  if (rollout_.is_stopped()) {
    refresh_rollout_code();
    if (iequals(rules_.confirm, rollout_.code())) confirm_rollout(news);
  }
  if (!rollout_.is_stopped()) {
    rollout_.set_code("");
    for (const std::string& shown : std::exchange(rollout_codes_, {})) spent_.withdraw(shown);
  }
  const bool stopped = rollout_.is_stopped();
  const int barrier = rollout_.barrier();
  const bool goes_on = (stopped_ && !stopped) || barrier > barrier_;
  announce_rollout(news);
  stopped_ = stopped;
  barrier_ = barrier;
  if (!goes_on || !rollout_.anyone_waits()) return;
  for (auto& [id, member] : members_) {
    if (!member.rollout.waits) continue;
    RolloutMember next = member.rollout;
    next.waits = false;
    rollout_.update(id, member.rollout, next);
    news.due.push_back(id);
  }
}

// The same failing subscriptions get another code once theirs was used or withdrawn.
void Safety::refresh_rollout_code() {
  if (!rollout_.code().empty()) return;
  std::string text = "roll-out\n";
  for (const SubscriptionId id : rollout_.failing()) text += id.text() + "\n";
  std::string code;
  do {
    code = hooks_.hash(text).substr(0, kCodeLength);
    text += "again\n";
  } while (!spent_.is_fresh(code));
  std::erase(rollout_codes_, code);
  if (rollout_codes_.size() == kMostCodes) rollout_codes_.erase(rollout_codes_.begin());
  rollout_codes_.push_back(code);
  rollout_.set_code(std::move(code));
}

// When it stops and goes on, and while it is stopped, each code that does not confirm it.
void Safety::announce_rollout(News& news) {
  const bool stopped = rollout_.is_stopped();
  if (!stopped) {
    if (stopped_) {
      news.notices.push_back({BrakeNotice::Kind::Released, Reason::RolloutStopped,
                              rollout_.failing().size(), "the roll-out goes on"});
    }
    return;
  }
  const bool is_other_code = !rules_.confirm.empty() && rules_.confirm != told_confirm_;
  told_confirm_ = rules_.confirm;
  if (stopped_ && !is_other_code) return;
  news.notices.push_back({BrakeNotice::Kind::Holding, Reason::RolloutStopped,
                          rollout_.failing().size(),
                          rollout_.stopped_message() + about_confirm(rules_.confirm, spent_)});
}

// Exactly those that fail now are left behind.
void Safety::confirm_rollout(News& news) {
  const std::string code = rollout_.code();
  const std::set<SubscriptionId> failing = rollout_.failing();
  for (const SubscriptionId id : failing) {
    const auto known = members_.find(id);
    if (known == members_.end()) continue;
    RolloutMember next = known->second.rollout;
    next.excused = true;
    rollout_.update(id, known->second.rollout, next);
  }
  spent_.add(code);
  ++before_write_;
  news.notices.push_back({BrakeNotice::Kind::Confirmed, Reason::RolloutStopped, failing.size(),
                          "the roll-out goes on without " + std::to_string(failing.size()) +
                              " that failed, confirmed by the code " + code +
                              ". The code cannot be used again: remove safety.confirm from the "
                              "settings",
                          code});
}

void Safety::end_rollout() {
  if (!std::exchange(has_started_, false)) return;
  for (auto& [id, member] : members_) {
    RolloutMember next = member.rollout;
    next.started = next.excused = next.waits = false;
    rollout_.update(id, member.rollout, next);
  }
}

RememberedRollout Safety::rollout_memory(const Moment& moment) const {
  RememberedRollout memory;
  for (const auto& [id, member] : members_) {
    const RolloutMember& rollout = member.rollout;
    if (!rollout.reached && !rollout.started) continue;
    const std::uint64_t mark = reached_mark(id, member.declaration);
    if (rollout.reached) memory.reached.push_back(mark);
    if (rollout.started) memory.started.push_back(mark);
    if (rollout.excused) memory.excused.push_back(mark);
  }
  // Not everything that an earlier run knew is declared yet.
  if (to_come_ > 0 || members_.empty()) {
    memory.reached.insert(memory.reached.end(), earlier_reached_.begin(), earlier_reached_.end());
    for (const auto& [mark, excused] : earlier_started_) {
      memory.started.push_back(mark);
      if (excused) memory.excused.push_back(mark);
    }
  }
  std::sort(memory.reached.begin(), memory.reached.end());
  memory.reached.erase(std::unique(memory.reached.begin(), memory.reached.end()),
                       memory.reached.end());
  std::sort(memory.started.begin(), memory.started.end());
  std::sort(memory.excused.begin(), memory.excused.end());
  for (const SteadyTime at : rollout_.starts()) memory.starts.push_back(moment.wall_of(at));
  return memory;
}

void Safety::recall_rollout(const RememberedRollout& memory, const Moment& moment) {
  earlier_reached_ = memory.reached;
  for (const std::uint64_t mark : memory.started) earlier_started_[mark] = false;
  for (const std::uint64_t mark : memory.excused) earlier_started_[mark] = true;
  has_started_ = !memory.started.empty();
  std::deque<SteadyTime> starts;
  for (const WallTime at : memory.starts) starts.push_back(moment.steady_of(at));
  rollout_.recall(std::move(starts));
}

Safety::RolloutStatus Safety::rollout() const {
  const MutexLock lock(mutex_);
  return {rollout_.progress(), rollout_.is_stopped() ? rollout_.stopped_message() : ""};
}

}  // namespace defenderd
