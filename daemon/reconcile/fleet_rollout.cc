#include "reconcile/fleet_rollout.h"

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include "base/text.h"
#include "core/subscription_text.h"
#include "reconcile/change_results.h"
#include "reconcile/fingerprint.h"

namespace defenderd {
namespace {

bool can_be_written(const DesiredSubscription& desired, WallTime now) {
  return desired.mode == Mode::Enforce && !is_suspended(desired, now);
}

}  // namespace

FleetRollout::FleetRollout(ConfirmCodes::Hash hash)
    : codes_(std::move(hash)), rollout_([this](SubscriptionId id) {
        return name_and_id(members_.at(id).desired->name, id);
      }) {}

void FleetRollout::declare(const Declaration& desired, std::uint64_t declaration, WallTime now) {
  const auto [found, is_new] = members_.try_emplace(desired->id);
  Member& member = found->second;
  const bool changed = is_new || member.declaration != declaration;
  member.declaration = declaration;
  member.desired = desired;
  RolloutMember next = changed ? RolloutMember{} : member.state;
  next.wave = desired->wave;
  next.writable = can_be_written(*desired, now);
  if (changed) {
    const std::uint64_t mark = reached_mark(desired->id, declaration);
    next.reached = earlier_reached_.erase(mark) > 0;
    if (const auto earlier = earlier_started_.extract(mark)) {
      next.started = next.unsure = true;
      next.excused = earlier.mapped().excused;
      (next.reached ? next.differs : next.failed) = earlier.mapped().failing;
    }
  }
  rollout_.update(desired->id, member.state, next);
}

void FleetRollout::leave(SubscriptionId id) {
  const auto known = members_.find(id);
  if (known == members_.end()) return;
  rollout_.leave(id, known->second.state);
  members_.erase(known);
}

void FleetRollout::note_difference(const DesiredSubscription& desired, bool differs, WallTime now) {
  RolloutMember& member = members_.at(desired.id).state;
  RolloutMember next = member;
  next.writable = can_be_written(desired, now);  // a suspension may be over
  next.differs = differs;
  rollout_.update(desired.id, member, next);
}

std::optional<Withholding> FleetRollout::judge(SubscriptionId id, SteadyTime now) {
  RolloutMember& member = members_.at(id).state;
  auto why = rollout_.judge(id, member, now);
  has_started_ = has_started_ || member.started;
  return why;
}

void FleetRollout::record(const Outcome& outcome, WallTime now) {
  RolloutMember& member = members_.at(outcome.desired.id).state;
  RolloutMember next = member;
  next.writable = can_be_written(outcome.desired, now);
  const bool failed =
      outcome.result == ReconcileResult::Failed || outcome.result == ReconcileResult::Panic;
  // Whatever was not tried, because it is frozen, held or only planned, may still fail.
  const bool is_tried = outcome.observed && !outcome.failure &&
                        !has(outcome.changes, ChangeResult::Withheld) &&
                        !has(outcome.changes, ChangeResult::Planned);
  if (failed || is_tried) next.failed = failed;
  if (failed || (outcome.observed && !outcome.failure)) next.unsure = false;
  if (outcome.observed) {
    next.differs = std::any_of(outcome.changes.begin(), outcome.changes.end(), is_still_wanted);
    if (outcome.drift_left.empty() && !outcome.failure) next.reached = true;
  }
  if (next.reached) next.waits = false;
  rollout_.update(outcome.desired.id, member, next);
}

bool FleetRollout::has_reached(SubscriptionId id) const {
  const auto known = members_.find(id);
  return known != members_.end() && known->second.state.reached;
}

FleetRollout::Step FleetRollout::evaluate(const Circumstances& circumstances, SpentCodes& spent) {
  Step step;
  if (rollout_.is_over()) end();
  // Whoever is declared from now on has not had a turn.
  if (circumstances.fleet_is_known && !members_.empty()) earlier_started_.clear();
  const bool awaits = circumstances.awaits_scopes;
  rollout_.set_missing({.members = awaits, .started = awaits && !earlier_started_.empty()});
  if (rollout_.is_stopped()) {
    refresh_code(spent);
    if (iequals(circumstances.confirm, rollout_.code())) confirm_failing(step.notices, spent);
  }
  if (!rollout_.is_stopped()) {
    rollout_.set_code("");
    codes_.withdraw(spent);
  }
  announce(circumstances, spent, step.notices);
  const int barrier = rollout_.barrier();
  const bool goes_on = (stopped_ && !rollout_.is_stopped()) || (blind_ && !rollout_.is_blind()) ||
                       barrier > barrier_;
  stopped_ = rollout_.is_stopped();
  blind_ = rollout_.is_blind();
  barrier_ = barrier;
  if (goes_on && rollout_.anyone_waits()) step.due = end_waits();
  return step;
}

std::vector<SubscriptionId> FleetRollout::end_waits() {
  std::vector<SubscriptionId> due;
  for (auto& [id, member] : members_) {
    if (!member.state.waits) continue;
    RolloutMember next = member.state;
    next.waits = false;
    rollout_.update(id, member.state, next);
    due.push_back(id);
  }
  return due;
}

void FleetRollout::refresh_code(const SpentCodes& spent) {
  if (!rollout_.code().empty()) return;
  std::string text = "roll-out\n";
  for (const SubscriptionId id : rollout_.failing()) text += id.text() + "\n";
  rollout_.set_code(codes_.code_of(std::move(text), spent));
}

// When it stops and goes on, and while it is stopped, what is wrong with each code that does not
// confirm it.
void FleetRollout::announce(const Circumstances& circumstances, const SpentCodes& spent,
                            std::vector<BrakeNotice>& notices) {
  if (rollout_.is_stopped()) {
    announce_stop(circumstances, spent, notices);
    return;
  }
  code_news_.end();
  if (!std::exchange(announced_, false)) return;
  notices.push_back({BrakeNotice::Kind::Released, Reason::RolloutStopped, rollout_.failing().size(),
                     "the roll-out continues"});
}

void FleetRollout::announce_stop(const Circumstances& circumstances, const SpentCodes& spent,
                                 std::vector<BrakeNotice>& notices) {
  const std::string& confirm = circumstances.confirm;
  if (!confirm.empty() && confirm != reported_confirm_) code_news_.repeat();
  if (!code_news_.is_due(rollout_.code(), circumstances.now)) return;
  reported_confirm_ = confirm;
  announced_ = true;
  notices.push_back({BrakeNotice::Kind::Holding, Reason::RolloutStopped, rollout_.failing().size(),
                     rollout_.stopped_message() + about_confirm(confirm, spent)});
}

// Exactly those that fail now are left behind.
void FleetRollout::confirm_failing(std::vector<BrakeNotice>& notices, SpentCodes& spent) {
  const std::string code = rollout_.code();
  const std::set<SubscriptionId> failing = rollout_.failing();
  for (const SubscriptionId id : failing) {
    RolloutMember& member = members_.at(id).state;
    RolloutMember next = member;
    next.excused = true;
    rollout_.update(id, member, next);
  }
  spent.add(code);
  ++used_codes_;
  announced_ = true;  // the code was on the status page
  notices.push_back({BrakeNotice::Kind::Confirmed, Reason::RolloutStopped, failing.size(),
                     "the roll-out continues without " + std::to_string(failing.size()) +
                         " that failed, confirmed by the code " + code +
                         ". The code cannot be used again: remove safety.confirm from the "
                         "settings",
                     code});
}

// Nothing is pending: who had a turn no longer matters.
void FleetRollout::end() {
  if (!std::exchange(has_started_, false)) return;
  for (auto& [id, member] : members_) {
    RolloutMember next = member.state;
    next.started = next.excused = next.waits = false;
    rollout_.update(id, member.state, next);
  }
}

RememberedRollout FleetRollout::memory(bool fleet_is_known, const Moment& now) const {
  RememberedRollout memory;
  for (const auto& [id, member] : members_) {
    if (!member.state.reached && !member.state.started) continue;
    const std::uint64_t mark = reached_mark(id, member.declaration);
    if (member.state.reached) memory.reached.push_back(mark);
    if (member.state.started) memory.started.push_back(mark);
    if (member.state.excused) memory.excused.push_back(mark);
    if (rollout_.failing().contains(id)) memory.failing.push_back(mark);
  }
  // Not everything that an earlier run knew is declared yet.
  if (!fleet_is_known || members_.empty()) {
    memory.reached.insert(memory.reached.end(), earlier_reached_.begin(), earlier_reached_.end());
    for (const auto& [mark, earlier] : earlier_started_) {
      memory.started.push_back(mark);
      if (earlier.excused) memory.excused.push_back(mark);
      if (earlier.failing) memory.failing.push_back(mark);
    }
  }
  std::sort(memory.reached.begin(), memory.reached.end());
  std::sort(memory.started.begin(), memory.started.end());
  std::sort(memory.excused.begin(), memory.excused.end());
  std::sort(memory.failing.begin(), memory.failing.end());
  for (const SteadyTime at : rollout_.starts()) memory.starts.push_back(now.wall_of(at));
  return memory;
}

void FleetRollout::recall(const RememberedRollout& memory, const Moment& now) {
  earlier_reached_ = {memory.reached.begin(), memory.reached.end()};
  for (const std::uint64_t mark : memory.started) earlier_started_[mark] = {};
  for (const std::uint64_t mark : memory.excused) earlier_started_[mark].excused = true;
  for (const std::uint64_t mark : memory.failing) earlier_started_[mark].failing = true;
  has_started_ = !memory.started.empty();
  std::deque<SteadyTime> starts;
  for (const WallTime at : memory.starts) starts.push_back(now.steady_of(at));
  rollout_.recall(std::move(starts));
}

FleetRollout::Status FleetRollout::status() const {
  return {rollout_.progress(), rollout_.is_stopped() ? rollout_.stopped_message() : ""};
}

}  // namespace defenderd
