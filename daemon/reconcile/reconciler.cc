#include "reconcile/reconciler.h"

#include <algorithm>
#include <utility>

namespace defenderd {
namespace {

// One reconcile under way. Each step answers whether there is anything left to do.
class Run {
 public:
  Run(PlanStore& store, const Clock& clock, const Reconciler::Options& options,
      const DesiredSubscription& desired, const Before& before)
      : store_(store),
        clock_(clock),
        options_(options),
        desired_(desired),
        before_(before),
        key_{desired.id, desired.tenant,
             !options.observe_only && !options.plan_only && desired.mode == Mode::Enforce &&
                 !is_suspended(desired, clock.wall_now())} {
    outcome_.desired = desired;
    outcome_.unproven = before.unproven;
  }

  bool observe(std::stop_token stop) {
    auto read = store_.read(key_, std::move(stop));
    if (!read) return fail(std::move(read.error()));
    outcome_.observed = std::move(read->pricing);
    return true;
  }

  bool compare() {
    forget_unnamed(outcome_.unproven);
    outcome_.drift_left = defenderd::compare(desired_, *outcome_.observed, outcome_.unproven);
    return !outcome_.drift_left.empty();
  }

  bool decide() {
    Circumstances circumstances{clock_.wall_now(), options_.observe_only, {}};
    if (options_.safety)
      circumstances.safety = options_.safety(desired_, *outcome_.observed, outcome_.drift_left);
    outcome_.changes =
        defenderd::decide(desired_, *outcome_.observed, outcome_.drift_left, circumstances);
    return has(ChangeResult::Planned) && !options_.plan_only;
  }

  // Twice where switching the plan on made the service choose for an extension that the YAML names:
  // which extensions are offered, and the service's defaults for them, are known only then.
  bool correct(const std::stop_token& stop, const std::stop_token& abort) {
    if (stop.stop_requested()) return withdraw();
    found_ = *outcome_.observed;
    if (options_.about_to_write) options_.about_to_write(desired_, outcome_.changes);
    std::vector<Drift> to_correct;
    for (const Change& change : outcome_.changes) {
      if (change.result == ChangeResult::Planned) to_correct.push_back(change.drift);
    }
    if (auto failure = write(found_, to_correct, abort)) return fail(*std::move(failure));
    const bool switched_on =
        found_.tier != Tier::Standard && written_.pricing.tier == Tier::Standard;
    const std::vector<Drift> again = switched_on ? left_after_switching_on() : std::vector<Drift>{};
    return again.empty() || correct_again(again, abort);
  }

  bool verify(std::stop_token abort) {
    auto shown = store_.read(key_, std::move(abort));
    settle(shown ? shown->pricing : written_.pricing);
    if (shown) {
      outcome_.failure = failure_after_write(outcome_);
    } else {
      outcome_.failure = std::move(shown.error());
      outcome_.failure->message = "written, but not yet verified: " + outcome_.failure->message;
    }
    return true;
  }

  Outcome conclude() {
    defenderd::conclude(outcome_, before_, clock_.wall_now());
    return std::move(outcome_);
  }

 private:
  [[nodiscard]] bool has(ChangeResult result) const {
    return std::any_of(outcome_.changes.begin(), outcome_.changes.end(),
                       [&](const Change& change) { return change.result == result; });
  }

  [[nodiscard]] bool is_withheld(const Field& field) const {
    return std::any_of(outcome_.changes.begin(), outcome_.changes.end(), [&](const Change& change) {
      return change.drift.field == field && change.result == ChangeResult::Withheld;
    });
  }

  void forget_unnamed(std::vector<ExtensionFailure>& failures) const {
    std::erase_if(failures, [&](const ExtensionFailure& failure) {
      return !desired_.plan || !desired_.extension(failure.name);
    });
  }

  [[nodiscard]] std::vector<Drift> left_after_switching_on() const {
    std::vector<Drift> left = diff(desired_, written_.pricing);
    std::erase_if(left, [&](const Drift& drift) {
      return is_withheld(drift.field) ||
             (!drift.field.is_plan() &&
              find_failure(written_.failed, drift.field.extension_name()) != nullptr);
    });
    return left;
  }

  // What was not known to differ before the plan was on is a change of its own.
  bool correct_again(const std::vector<Drift>& drifts, const std::stop_token& abort) {
    std::vector<Change> more;
    for (const Drift& drift : drifts) {
      const bool is_known =
          std::any_of(outcome_.changes.begin(), outcome_.changes.end(),
                      [&](const Change& change) { return change.drift.field == drift.field; });
      if (!is_known) more.push_back({drift});
    }
    if (options_.about_to_write) options_.about_to_write(desired_, more);
    auto failure = write(Pricing(written_.pricing), drifts, abort);
    if (failure) settle(written_.pricing);  // the first write stands
    outcome_.changes.insert(outcome_.changes.end(), more.begin(), more.end());
    return failure ? fail(*std::move(failure)) : true;
  }

  // What ARM says of an extension in a later answer replaces what it said before.
  std::optional<Failure> write(const Pricing& base, const std::vector<Drift>& drifts,
                               const std::stop_token& abort) {
    auto answer = store_.write(key_, with_changes(desired_, base, drifts), abort);
    if (!answer) return std::move(answer.error());
    std::erase_if(written_.failed, [&](const ExtensionFailure& failure) {
      return std::any_of(drifts.begin(), drifts.end(), [&](const Drift& drift) {
        return drift.field == Field::extension(failure.name);
      });
    });
    answer->failed.insert(answer->failed.end(), written_.failed.begin(), written_.failed.end());
    written_ = *std::move(answer);
    return std::nullopt;
  }

  // Judges what was written by what is shown.
  void settle(const Pricing& shown) {
    outcome_.observed = shown;
    outcome_.unproven = written_.failed;
    forget_unnamed(outcome_.unproven);
    outcome_.drift_left = defenderd::compare(desired_, shown, outcome_.unproven);
    judge(outcome_.changes, outcome_.drift_left, written_.failed, written_.trace);
    outcome_.switched_on_by_service = unasked(desired_, found_, shown);
  }

  bool fail(Failure failure) {
    for (Change& change : outcome_.changes) {
      if (change.result != ChangeResult::Planned) continue;
      change.result = ChangeResult::Failed;
      change.reason = failure.reason;
      change.message = failure.message;
      change.trace = failure.trace;
    }
    outcome_.failure = std::move(failure);
    return false;
  }

  // Nothing was begun, so there is nothing to tell: the next start finds the same drift.
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
  const PlanKey key_;
  Pricing found_;  // before the first write
  PlanWritten written_;
  Outcome outcome_;
};

}  // namespace

Reconciler::Reconciler(PlanStore& store, const Clock& clock, Options options)
    : store_(store), clock_(clock), options_(std::move(options)) {}

Outcome Reconciler::reconcile(const DesiredSubscription& desired, const Before& before,
                              const std::stop_token& stop, const std::stop_token& abort) const {
  Run run(store_, clock_, options_, desired, before);
  if (run.observe(stop) && run.compare() && run.decide() && run.correct(stop, abort)) {
    run.verify(abort);
  }
  return run.conclude();
}

}  // namespace defenderd
