#include "app/outcome_recorder.h"

#include <chrono>
#include <string>
#include <vector>

#include "base/with_count.h"

namespace defenderd {
namespace {

std::string also(std::size_t count, const char* one, const char* many) {
  return count == 0 ? "" : ", " + with_count(count, one, many);
}

bool may_have_drift(const Outcome& outcome) {
  return !outcome.changes.empty() || !outcome.drift_left.empty() || !outcome.confirmed.empty();
}

}  // namespace

void log_departure(const DepartedEdit& edit, Logger& log) {
  if (edit.left == 0) return;
  log.log(edit.many ? LogLevel::Warn : LogLevel::Info, log_event::kLeftList, message_of(edit),
          {{log_key::kFile, text_of(edit.files)}, {log_key::kCount, std::to_string(edit.left)}});
}

Controller::Listener OutcomeRecorder::listener() {
  Controller::Listener listener;
  listener.reconciled = [this](const Outcome& outcome, const Attempt& attempt) {
    reconciled(outcome, attempt);
  };
  listener.departed = [this](const Outcome& outcome) { departed(outcome); };
  listener.sweep_completed = [this](WallTime now) { sweep_completed(now); };
  listener.bulk_seen = [this](const BulkSeen& seen) { seen_in_bulk(seen); };
  listener.bulk_disagreed = [this](const Outcome& outcome, const BulkDisagreement& disagreement) {
    parts_.graph.disagreed(outcome, disagreement);
  };
  return listener;
}

void OutcomeRecorder::show_brakes() {
  const MutexLock lock(brakes_mutex_);
  parts_.metrics.brake_holds(Reason::DisableBrake, parts_.safety.held(BrakeKind::Disable));
  parts_.metrics.brake_holds(Reason::EnableBrake, parts_.safety.held(BrakeKind::Enable));
  parts_.metrics.rollout_stops(parts_.safety.rollout_is_stopped());
}

void OutcomeRecorder::declared() {
  if (parts_.fleet_complete()) parts_.safety.fleet_is_complete();
  show_brakes();
  end_first_sweep(parts_.clock.wall_now());
}

// Without a subscription there is no sweep: what left while defenderd was not running is reported
// all the same.
void OutcomeRecorder::listed() {
  const WallTime now = parts_.clock.wall_now();
  if (parts_.board.size() == 0 && parts_.fleet_known() && parts_.fleet_complete()) fleet_swept(now);
  end_first_sweep(now);
}

void OutcomeRecorder::reconciled(const Outcome& outcome, const Attempt& attempt) {
  const WallTime next_due =
      attempt.at + std::chrono::duration_cast<WallTime::duration>(attempt.next_in);
  const auto before = may_have_drift(outcome) ? parts_.board.find(outcome.desired.id) : nullptr;
  std::vector<DriftSeen> seen;
  if (before) {
    const auto took = std::chrono::duration_cast<WallTime::duration>(attempt.took);
    seen = drift_seen(*before, outcome, attempt.at - took);
  }
  parts_.journal.record(outcome, seen);
  parts_.board.record(outcome, attempt.at, next_due, attempt.failures, ObservedBy::Direct, seen);
  parts_.metrics.reconciled(outcome, attempt.took);
  parts_.metrics.corrected(outcome, seen, attempt.at);
  parts_.outcome_log.record(outcome);
  parts_.outcome_log.warn_of_suspension_end(outcome.desired, attempt.at);
  parts_.safety.record(outcome);
  show_brakes();
  if (before) parts_.actors.found(*before, outcome, seen);
  end_first_sweep(attempt.at);
}

// The subscription left the desired state while its reconcile was running: only what was written
// matters, and what that leaves open.
void OutcomeRecorder::departed(const Outcome& outcome) {
  if (!outcome.changes.empty()) {
    parts_.journal.record(outcome);
    parts_.outcome_log.record(outcome);
  }
  parts_.board.record(outcome, parts_.clock.wall_now(), std::nullopt, 0);
  parts_.safety.record(outcome);
  show_brakes();
}

// Bulk observation changes nothing and counts as no reconcile: the journal and the metrics have
// nothing to record.
void OutcomeRecorder::seen_in_bulk(const BulkSeen& seen) {
  for (const BulkSeen::First& first : seen.first) {
    parts_.board.record(first.outcome, seen.at, first.next_due, 0, ObservedBy::Graph);
    parts_.outcome_log.record(first.outcome);
    parts_.safety.record(first.outcome);
  }
  if (!seen.first.empty()) show_brakes();
  parts_.board.seen_by_graph(seen.again, seen.at);
  end_first_sweep(seen.at);
}

// A sweep of the entries alone is counted. It may end while the scopes are being resolved, so what
// listed() reads is written first.
void OutcomeRecorder::sweep_completed(WallTime now) {
  parts_.metrics.sweep_completed(now);
  swept_before_known_ = true;
  if (parts_.fleet_known()) {
    fleet_swept(now);
  } else {
    parts_.outcome_log.sweep_completed(SweepOf::Entries);
  }
}

// If the entries were swept before the scopes were resolved, the next sweep has them again. The
// first sweep of the fleet ends earlier: once everything else was attempted.
void OutcomeRecorder::end_first_sweep(WallTime now) {
  if (!swept_before_known_ || first_sweep_logged_) return;
  if (parts_.fleet_known() && parts_.board.never_attempted() == 0) fleet_swept(now);
}

// The first one is logged.
void OutcomeRecorder::fleet_swept(WallTime now) {
  const StatusSnapshot snapshot = parts_.board.snapshot();
  const KnownCounts counts = count_known(snapshot);
  // A list may be missing for ever: a tenant that is gone, management groups without the right to
  // read them. That must not stop what concerns the rest of the fleet.
  const bool is_complete = parts_.fleet_complete();
  parts_.outcome_log.sweep_completed(is_complete ? SweepOf::Fleet : SweepOf::Listed);
  if (!snapshot.rows.empty()) parts_.shares.record(counts, now);
  const auto left = parts_.board.sweep_completed(now, parts_.may_cover);
  parts_.journal.end_earlier(
      [this](SubscriptionId id) { return !parts_.board.find(id) && !parts_.may_cover(id); });
  log_departure(parts_.departures.while_stopped(left, snapshot.rows.size(), now), parts_.log);
  if (snapshot.rows.empty() || first_sweep_logged_.exchange(true)) return;
  const auto count = [&](Known known) { return counts.now.at(static_cast<std::size_t>(known)); };
  parts_.log.log(LogLevel::Info, log_event::kFirstSweep,
                 "first sweep completed: " + std::to_string(count(Known::AsDeclared)) + " of " +
                     std::to_string(snapshot.rows.size()) +
                     (count(Known::AsDeclared) == 1 ? " is" : " are") + " as declared" +
                     also(count(Known::Different), "differs", "differ") +
                     also(count(Known::NotKnown), "is not known", "are not known"));
}

}  // namespace defenderd
