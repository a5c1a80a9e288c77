#include "reconcile/reconciler.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "core/decide.h"
#include "core/refusal.h"
#include "reconcile/change_results.h"
#include "reconcile/fingerprint.h"
#include "reconcile/unconfirmed.h"
#include "reconcile/writing.h"

namespace defenderd {
namespace {

// A reconcile in progress. Each step returns whether there is anything left to do.
class Run {
 public:
  Run(PlanStore& store, const Clock& clock, const Reconciler::Options& options,
      const DesiredSubscription& desired, const Before& before, KnownExtensions& known)
      : store_(store),
        clock_(clock),
        options_(options),
        desired_(desired),
        before_(before),
        key_{desired.id, kDeclaredPlan, desired.tenant},
        known_(known) {
    key_.with_extensions = desired.plan && (!desired.extensions.empty() ||
                                            desired.unnamed_extensions == UnnamedExtensions::Off);
    outcome_.desired = desired;
    outcome_.unproven = before.unresolved->unproven;
    outcome_.unconfirmed = before.unresolved->unconfirmed;
  }

  bool observe(std::stop_token stop) {
    key_.may_write = [this] { return !options_.plan_only && may_prepare(); };
    key_.write_until = options_.permit.write_until();
    auto read = store_.read(key_, std::move(stop));
    if (!read) return fail(std::move(read.error()));
    observed_at_ = read->asked_at.value_or(clock_.steady_now());
    note_statuses(outcome_.unproven, desired_, *read);
    enabled_since_ = std::move(read->enabled_since);
    in_progress_ = std::move(read->in_progress);
    outcome_.observed = std::move(read->pricing);
    known_.note(*outcome_.observed);
    return true;
  }

  bool compare() {
    forget_unnamed(outcome_.unproven);
    outcome_.drift_left = defenderd::compare(desired_, *outcome_.observed, outcome_.unproven);
    confirm(outcome_, observed_at_);
    if (!outcome_.drift_left.empty()) return true;
    outcome_.failure = still_in_progress(desired_, *outcome_.observed, in_progress_);
    return false;
  }

  // A write sends every value, so what is paused is written with whatever else is.
  bool decide() {
    const std::vector<Drift> due =
        is_writable() ? without_paused(outcome_, observed_at_) : outcome_.drift_left;
    outcome_.changes = decide_on(due);
    const bool has_planned = has(outcome_.changes, ChangeResult::Planned);
    if (due.size() < outcome_.drift_left.size()) {
      if (!has_planned) {
        outcome_.failure = not_shown_yet(outcome_, observed_at_, clock_.wall_now());
        return false;
      }
      outcome_.changes = decide_on(outcome_.drift_left);
    }
    const bool writes = has(outcome_.changes, ChangeResult::Planned) && !options_.plan_only;
    if (!writes) explain_unproven(outcome_.changes, outcome_.unproven);
    return writes;
  }

  // If the turn to write comes late, all of the above is done again: the write also sends unchanged
  // values, and what was observed before the wait may be out of date.
  bool take_turn(const std::stop_token& stop) {
    if (stop.stop_requested()) return withdraw();
    auto turn = store_.await_turn(key_, stop);
    if (stop.stop_requested()) return withdraw();
    if (!turn) return fail(std::move(turn.error()));
    if (is_fresh()) return true;
    outcome_.changes.clear();
    return observe(stop) && compare() && decide();
  }

  // Writes twice if switching the plan on made the service choose a value for an extension that the
  // YAML names: only then are the offered extensions and their defaults known.
  bool correct(const std::stop_token& abort) {
    found_ = *outcome_.observed;
    if (options_.about_to_write) options_.about_to_write(desired_, outcome_.changes);
    if (!is_fresh() && !is_still_so(abort)) return false;  // the listener was slow
    Writing writing(store_, clock_, {[this] { return circumstances(); }, key_, desired_},
                    known_.names(), abort);
    auto failure =
        writing.write({found_, observed_at_, enabled_since_}, planned(outcome_.changes), true);
    if (!failure && has_switched_on(writing)) failure = correct_again(writing);
    for (const RefusedExtension& refused : writing.refused()) {
      fail_refused(outcome_.changes, refused);
    }
    if (failure) fail_planned(outcome_.changes, writing.unwritten(), *failure);
    if (const auto& why = writing.withheld()) {
      withhold_planned(outcome_.changes, writing.withheld_drifts(), *why);
    }
    if (!writing.written()) {
      if (failure) return fail_write(*std::move(failure));
      outcome_.failure = failure_after_write(outcome_);
      return false;
    }
    written_ = *writing.written();
    written_at_ = writing.written_at();
    undone_ = writing.undone();
    if (!failure) return true;
    judge_by(nullptr);  // earlier writes still count
    return fail_write(*std::move(failure));
  }

  bool verify(std::stop_token abort) {
    auto shown = store_.read(key_, std::move(abort));
    judge_by(shown ? &*shown : nullptr);
    if (shown) {
      known_.note(shown->pricing);
      outcome_.failure = failure_after_write(outcome_);
      if (!outcome_.failure)
        outcome_.failure = still_in_progress(desired_, shown->pricing, shown->in_progress);
      if (!outcome_.failure)
        outcome_.failure = still_in_progress(desired_, shown->pricing, written_.in_progress);
    } else {
      outcome_.failure = std::move(shown.error());
      outcome_.failure->message = "written, but not yet verified: " + outcome_.failure->message;
    }
    return true;
  }

  Outcome conclude() {
    for (const Unconfirmed& change : outcome_.confirmed) {
      if (!change.reported) outcome_.changes.push_back(confirmed_change(change));
    }
    for (Change& change : undone_) {
      if (!concerns(outcome_.changes, change.drift.field))
        outcome_.changes.push_back(std::move(change));
    }
    defenderd::conclude(outcome_, before_, clock_.wall_now());
    return std::move(outcome_);
  }

 private:
  [[nodiscard]] Circumstances circumstances() const {
    return {clock_.wall_now(), options_.permit, nullptr,
            !options_.is_in_force || options_.is_in_force(desired_)};
  }

  // Whether its declaration and this run allow writing at all.
  [[nodiscard]] bool is_writable() const { return !withheld({desired_, circumstances()}); }

  // Whether what reading needs may be set up. It is asked about the plan as declared, because a
  // freeze may allow only what switches protection on.
  [[nodiscard]] bool may_prepare() const {
    const Drift plan{Field::plan(key_.plan), desired_.plan, {}};
    return !withheld({desired_, circumstances(), nullptr, &plan});
  }

  [[nodiscard]] std::vector<Change> decide_on(const std::vector<Drift>& drifts) const {
    SafetyVerdict verdict;
    if (options_.safety) verdict = options_.safety(desired_, *outcome_.observed, drifts);
    Circumstances now{clock_.wall_now(), options_.permit};  // safety knows what is in force
    now.safety = &verdict;
    return defenderd::decide(desired_, *outcome_.observed, drifts, now);
  }

  void forget_unnamed(std::vector<ExtensionFailure>& failures) const {
    std::erase_if(failures, [&](const ExtensionFailure& failure) {
      return !desired_.plan || !desired_.extension(failure.name);
    });
  }

  [[nodiscard]] Moment moment() const { return {clock_.steady_now(), clock_.wall_now()}; }

  [[nodiscard]] bool is_fresh() const { return clock_.steady_now() - observed_at_ <= kFresh; }

  // Whether the plan is still as it was when the changes were decided.
  bool is_still_so(const std::stop_token& abort) {
    auto read = store_.read(key_, abort);
    if (!read) return fail(std::move(read.error()));
    if (fingerprint(read->pricing) != fingerprint(found_)) return fail(changed_meanwhile());
    observed_at_ = read->asked_at.value_or(clock_.steady_now());
    enabled_since_ = std::move(read->enabled_since);
    found_ = std::move(read->pricing);
    return true;
  }

  [[nodiscard]] bool has_switched_on(const Writing& writing) const {
    return writing.written() && !writing.withheld() && found_.tier != Tier::Standard &&
           writing.written()->pricing.tier == Tier::Standard;
  }

  // An extension that ARM refused to switch on waits for the next reconcile. One that must be off,
  // and came on because it could not be named, is tried once more: now the service knows it.
  [[nodiscard]] std::vector<Drift> left_after_switching_on(const Writing& writing) const {
    std::vector<Drift> left = diff(desired_, writing.written()->pricing);
    std::erase_if(left, [&](const Drift& drift) {
      const std::string& name = drift.field.extension_name();
      return is_withheld(outcome_.changes, drift.field) ||
             (!drift.field.is_plan() && (find_failure(writing.written()->failed, name) != nullptr ||
                                         (drift.desired && is_refused(writing, name))));
    });
    return left;
  }

  static bool is_refused(const Writing& writing, const std::string& extension) {
    return std::any_of(writing.refused().begin(), writing.refused().end(),
                       [&](const auto& refused) { return iequals(refused.name, extension); });
  }

  // Drift that was unknown before the plan was on is a separate change.
  std::optional<Failure> correct_again(Writing& writing) {
    const std::vector<Drift> drifts = left_after_switching_on(writing);
    if (drifts.empty()) return std::nullopt;
    std::vector<Change> more;
    for (const Drift& drift : drifts) {
      if (!concerns(outcome_.changes, drift.field)) more.push_back({drift});
    }
    if (options_.about_to_write) options_.about_to_write(desired_, more);
    outcome_.changes.insert(outcome_.changes.end(), more.begin(), more.end());
    return writing.write({writing.written()->pricing, writing.written_at()}, drifts, false);
  }

  // Judges what was written by what ARM shows now; nullptr: by its answer to the write.
  void judge_by(const PlanRead* read) {
    const Pricing& shown = read != nullptr ? read->pricing : written_.pricing;
    std::vector<ExtensionFailure> failed = written_.failed;
    if (read != nullptr) note_statuses(failed, desired_, *read);
    outcome_.observed = shown;
    outcome_.unproven = failed;
    forget_unnamed(outcome_.unproven);
    outcome_.drift_left = defenderd::compare(desired_, shown, outcome_.unproven);
    judge(outcome_.changes, outcome_.drift_left, failed, written_);
    note_unconfirmed(outcome_, read != nullptr, {written_at_, moment().wall_of(written_at_)});
    outcome_.switched_on_by_service = unasked(desired_, found_, shown);
  }

  bool fail(Failure failure) {
    fail_planned(outcome_.changes, failure);
    outcome_.failure = std::move(failure);
    return false;
  }

  bool fail_write(Failure failure) {
    fail(std::move(failure));
    note_unanswered(outcome_, moment());
    return false;
  }

  // Nothing was started, so there is nothing to report: the next start finds the same drift.
  bool withdraw() {
    std::erase_if(outcome_.changes,
                  [](const Change& change) { return change.result == ChangeResult::Planned; });
    Failure stopping;
    stopping.reason = outcome_.reason;
    stopping.message = "not corrected: defenderd is stopping";
    stopping.next = NextTry::ServerWait;
    return fail(std::move(stopping));
  }

  PlanStore& store_;
  const Clock& clock_;
  const Reconciler::Options& options_;
  const DesiredSubscription& desired_;
  const Before& before_;
  PlanKey key_;
  KnownExtensions& known_;
  SteadyTime observed_at_;
  std::string enabled_since_;  // when it was observed
  std::vector<std::string> in_progress_;
  Pricing found_;  // before the first write
  PlanWritten written_;
  SteadyTime written_at_;
  std::vector<Change> undone_;
  Outcome outcome_;
};

}  // namespace

Reconciler::Reconciler(PlanStore& store, const Clock& clock, Options options)
    : store_(store), clock_(clock), options_(std::move(options)) {}

Outcome Reconciler::reconcile(const DesiredSubscription& desired, const Before& before,
                              const std::stop_token& stop, const std::stop_token& abort) const {
  Run run(store_, clock_, options_, desired, before, known_);
  if (run.observe(stop) && run.compare() && run.decide() && run.take_turn(stop) &&
      run.correct(abort)) {
    run.verify(abort);
  }
  return run.conclude();
}

}  // namespace defenderd
