#include "reconcile/contests.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <tuple>

#include "core/absence.h"

namespace defenderd {
namespace {

// What was corrected: seen as declared after the write. Of a field that is never seen so, nothing
// shows that something else writes it.
std::vector<Drift> corrected(const Outcome& outcome) {
  std::vector<Drift> drifts;
  for (const Change& change : outcome.changes) {
    const bool is_unconfirmed =
        std::any_of(outcome.unconfirmed.begin(), outcome.unconfirmed.end(),
                    [&](const auto& each) { return each.drift.field == change.drift.field; });
    if (change.result == ChangeResult::Applied && !is_unconfirmed) drifts.push_back(change.drift);
  }
  for (const Unconfirmed& each : outcome.confirmed) {
    if (each.reported) drifts.push_back(each.drift);  // its change was of an earlier outcome
  }
  return drifts;
}

}  // namespace

ContestedRule Contests::rule_for(const DesiredSubscription& desired) const {
  ContestedRule rule = rule_;
  rule.interval = desired.interval.value_or(rule.interval);
  return rule;
}

Duration Contests::remembered_for() const {
  return std::max<Duration>(kAbsenceRemembered, rule_.window());
}

SafetyVerdict Contests::judge(const DesiredSubscription& desired, const std::vector<Drift>& drifts,
                              const Moment& now, const LastWriter& last_writer) {
  SafetyVerdict verdict;
  const ContestedRule rule = rule_for(desired);
  const auto found = contests_.find(desired.id);
  if (found == contests_.end()) return verdict;
  for (const Drift& drift : drifts) {
    const auto history = found->second.find({drift.field, drift.desired});
    if (history == found->second.end()) continue;
    history->second.drifted(now.steady, rule);
    if (!history->second.contested()) continue;
    const SteadyTime next = history->second.next_correction(rule);
    if (next <= now.steady) continue;
    const std::string writer = last_writer ? last_writer(desired.id, drift.field) : "";
    verdict.withhold(drift.field, {Reason::Contested,
                                   contested_message(drift, rule, now.wall_of(next), writer)});
  }
  return verdict;
}

void Contests::record(const Outcome& outcome, SteadyTime now) {
  const ContestedRule rule = rule_for(outcome.desired);
  for (const Drift& drift : corrected(outcome)) {
    contests_[outcome.desired.id][{drift.field, drift.desired}].corrected(now, rule);
    ++revision_;
  }
  const auto found = contests_.find(outcome.desired.id);
  if (found == contests_.end() || !outcome.observed) return;
  Histories& histories = found->second;
  for (auto item = histories.begin(); item != histories.end();) {
    const auto& [field, desired] = item->first;
    CorrectionHistory& history = item->second;
    for (const Drift& drift : outcome.drift_left) {
      if (drift.field != field || drift.desired != desired) continue;
      const bool was_contested = history.contested();
      history.drifted(now, rule);
      ++(history.contested() == was_contested ? ages_ : revision_);
    }
    if (!history.is_over(now, rule)) {
      ++item;
      continue;
    }
    ++(history.contested() ? revision_ : ages_);
    item = histories.erase(item);
  }
  if (histories.empty()) contests_.erase(found);
}

void Contests::forget_departed(const std::function<bool(SubscriptionId)>& is_declared,
                               SteadyTime now) {
  const Duration kept = remembered_for();
  const auto gone = std::erase_if(contests_, [&](const auto& item) {
    return !is_declared(item.first) &&
           std::all_of(item.second.begin(), item.second.end(), [&](const auto& history) {
             return now - history.second.active_at() >= kept;
           });
  });
  if (gone > 0) ++revision_;
}

bool Contests::is_contested(SubscriptionId id, const Field& field, bool desired) const {
  const auto found = contests_.find(id);
  if (found == contests_.end()) return false;
  const auto history = found->second.find({field, desired});
  return history != found->second.end() && history->second.contested();
}

std::vector<RememberedContest> Contests::memory(const Moment& now) const {
  std::vector<RememberedContest> memory;
  for (const auto& [id, histories] : contests_) {
    for (const auto& [key, history] : histories)
      memory.push_back({{id, key.first}, key.second, history.memory(now.steady, now.wall)});
  }
  std::sort(memory.begin(), memory.end(), [](const auto& a, const auto& b) {
    return std::tie(a.change, a.desired) < std::tie(b.change, b.desired);
  });
  return memory;
}

void Contests::recall(const std::vector<RememberedContest>& memory, WallTime saved,
                      const Moment& now) {
  const auto kept = std::chrono::duration_cast<WallTime::duration>(remembered_for());
  for (const RememberedContest& contest : memory) {
    if (contest.history.active_at + kept < now.wall) continue;
    contests_[contest.change.subscription].insert_or_assign(
        {contest.change.field, contest.desired},
        CorrectionHistory::recalled(contest.history, saved, now.steady, now.wall));
  }
}

}  // namespace defenderd
