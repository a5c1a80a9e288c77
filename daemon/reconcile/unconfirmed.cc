#include "reconcile/unconfirmed.h"

#include <algorithm>
#include <utility>

#include "base/time_text.h"
#include "core/moment.h"
#include "core/timing.h"

namespace defenderd {
namespace {

const Unconfirmed* find(const std::vector<Unconfirmed>& list, const Drift& drift) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const Unconfirmed& each) {
    return each.drift.field == drift.field && each.drift.desired == drift.desired;
  });
  return found == list.end() ? nullptr : &*found;
}

SteadyTime next_write(const Unconfirmed& change) {
  return change.written_at + doubled(kReadsLag, change.writes - 1, kLongestPauseUnconfirmed);
}

bool is_paused(const Outcome& outcome, const Drift& drift, SteadyTime now) {
  const Unconfirmed* const change = find(outcome.unconfirmed, drift);
  return change != nullptr && change->accepted && now < next_write(*change);
}

// In place of what was known of the field.
void replace(std::vector<Unconfirmed>& list, Unconfirmed change) {
  std::erase_if(list, [&](const auto& each) { return each.drift.field == change.drift.field; });
  list.push_back(std::move(change));
}

}  // namespace

void confirm(Outcome& outcome, SteadyTime now) {
  std::erase_if(outcome.unconfirmed, [&](const Unconfirmed& change) {
    const bool differs =
        std::any_of(outcome.drift_left.begin(), outcome.drift_left.end(),
                    [&](const Drift& drift) { return find({change}, drift) != nullptr; });
    if (differs) return false;
    const bool is_shown =
        observed_text(*outcome.observed, change.drift.field) == on_off(change.drift.desired);
    const Duration longest = change.accepted ? kReadsLag : kLandsLate;
    if (is_shown && now - change.written_at <= longest) outcome.confirmed.push_back(change);
    return true;
  });
}

std::vector<Drift> without_paused(const Outcome& outcome, SteadyTime now) {
  std::vector<Drift> rest;
  for (const Drift& drift : outcome.drift_left) {
    if (!is_paused(outcome, drift, now)) rest.push_back(drift);
  }
  return rest;
}

Failure not_shown_yet(const Outcome& outcome, SteadyTime now, WallTime wall) {
  Failure failure;
  failure.reason = Reason::ChangeNotApplied;
  for (const Drift& drift : outcome.drift_left) {
    if (!is_paused(outcome, drift, now)) continue;
    const Unconfirmed& change = *find(outcome.unconfirmed, drift);
    const auto at = [&](SteadyTime time) {
      return format_rfc3339(Moment{now, wall}.wall_of(time));
    };
    failure.message = drift.field.text() + ": ARM accepted the change at " + at(change.written_at) +
                      " and still shows " + drift.observed +
                      "; defenderd keeps reading it, and writes it again after " +
                      at(next_write(change)) +
                      ". If this lasts, something else may be writing it, or this subscription "
                      "does not offer it";
    failure.trace = change.trace;
    break;
  }
  return failure;
}

void note_unconfirmed(Outcome& outcome, bool is_verified, const Moment& written_at) {
  std::vector<Unconfirmed>& list = outcome.unconfirmed;
  for (const Change& change : outcome.changes) {
    const bool is_applied = change.result == ChangeResult::Applied;
    const bool is_failed = change.result == ChangeResult::Failed;
    const bool is_ignored = is_failed && change.reason == Reason::ChangeNotApplied;
    const bool has_answer = is_applied || is_ignored;
    if (!has_answer && !(is_failed && change.reason == Reason::ExtensionFailed)) continue;
    const Unconfirmed* const earlier = find(list, change.drift);
    const int writes = earlier == nullptr ? 1 : earlier->writes + 1;
    if (!has_answer || (is_applied && is_verified)) {
      std::erase_if(list, [&](const auto& each) { return each.drift.field == change.drift.field; });
      continue;
    }
    replace(list, {change.drift, change.trace, written_at.steady, written_at.wall, writes, true,
                   is_applied});
  }
}

void note_unanswered(Outcome& outcome, const Moment& given_up_at) {
  if (!outcome.failure || !outcome.failure->maybe_applied) return;
  for (const Change& change : outcome.changes) {
    if (change.result != ChangeResult::Failed || change.reason != outcome.failure->reason) continue;
    const Unconfirmed* const earlier = find(outcome.unconfirmed, change.drift);
    const int writes = earlier == nullptr ? 0 : earlier->writes;
    replace(outcome.unconfirmed, {change.drift, change.trace, given_up_at.steady, given_up_at.wall,
                                  writes, false, false});
  }
}

Change confirmed_change(const Unconfirmed& confirmed) {
  Change change{
      .drift = confirmed.drift, .result = ChangeResult::Applied, .trace = confirmed.trace};
  if (!confirmed.accepted) {
    change.message = "the answer to the write at " + format_rfc3339(confirmed.written) +
                     " did not say that ARM applied it; a read shows that it did";
  }
  return change;
}

}  // namespace defenderd
