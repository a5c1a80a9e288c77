#include "cli/apply_command.h"

#include <set>
#include <utility>

#include "app/state.h"
#include "app/state_sections.h"
#include "base/scrub.h"
#include "cli/apply_beside.h"
#include "cli/command_text.h"
#include "cli/complain.h"
#include "cli/open_journal.h"
#include "cli/running_daemon.h"
#include "cli/sweep_counts.h"
#include "cli/sweep_report.h"
#include "cli/sweep_session.h"
#include "telemetry/journal.h"

namespace defenderd {
namespace {

constexpr const char* kReplicasWrite =
    "the settings have coordination, so only the replica that leads may write, and apply may not. "
    "The leader corrects drift automatically, at the latest after poll.interval; POST "
    "/-/reconcile asks it at once. To write by hand, end the replicas and use settings without "
    "coordination";

using Ids = std::vector<SubscriptionId>;

// One `apply`, on the worker's thread.
class Apply {
 public:
  Apply(SweepSession& session, std::optional<std::string> held)
      : session_(session), line_(session.line()), held_(std::move(held)) {}

  // Returns the exit code.
  int run(const std::stop_token& stop) {
    if (session_.settings().coordination.enabled) return fail(kExitError, kReplicasWrite);
    if (held_) {
      if (!line_.confirm.empty()) return confirm_beside(stop);
      if (const auto problem = cannot_ask(line_, session_.settings(), *held_))
        return fail(kExitError, *problem);
    } else if (const auto opened = open(); !opened) {
      return fail(kExitError, opened.error().message);
    }
    auto plan = session_.make_plan(stop);
    if (!plan)
      return fail(stop.stop_requested() ? kExitInterrupted : kExitError, plan.error().message);
    if (const auto silent = complain_of_silence(plan->result)) return *silent;
    const Ids writable = limit(plan->result, line_.max);
    if (!line_.as_json && !print(plan_text(*plan))) return kExitError;
    const auto problem = complain_about(*plan, line_);
    if (plan->result.subscriptions.empty()) return *problem;
    if (plan->result.stopped) return finish(*plan, kExitInterrupted);
    if (writable.empty()) return finish(*plan, problem);
    if (!line_.yes && !ask(question(plan->result), stop)) {
      complain("nothing was written");
      return stop.stop_requested() ? kExitInterrupted : exit_code(plan->result);
    }
    if (stop.stop_requested()) return kExitInterrupted;
    return held_ ? beside(*plan, writable, problem, stop) : write(*plan, writable, problem, stop);
  }

 private:
  struct Files {
    std::unique_ptr<Journal> journal;  // none if the settings name none
    std::unique_ptr<StateStore> state;
  };

  // Not held while the question waits for its answer, which would keep a daemon from starting.
  Result<Files> open() {
    auto journal = open_journal(session_);
    if (!journal) return Unexpected(journal.error());
    auto state = open_state(session_.settings());
    if (!state) return Unexpected(state.error());
    return Files{*std::move(journal), *std::move(state)};
  }

  [[nodiscard]] static bool print(const std::string& text) {
    if (print_report(text)) return true;
    complain("cannot write to standard output");
    return false;
  }

  [[nodiscard]] std::string plan_text(const SweepSession::Plan& plan) const {
    return plan_report(plan.result, confirming(line_, plan.result, held_.has_value()),
                       session_.layout());
  }

  [[nodiscard]] static std::string question(const SweepResult& result) {
    const SweepCounts counts = count(result);
    std::string text = "Apply this plan to " + subscriptions_text(counts.to_change);
    if (counts.to_switch_off > 0)
      text += ", and switch protection off in " + std::to_string(counts.to_switch_off);
    return text + "? [y/N] ";
  }

  // Nothing is written; what is withheld is still recorded.
  int finish(const SweepSession::Plan& plan, std::optional<int> problem) {
    if (line_.as_json && !print(as_json(plan.result, "Apply"))) return kExitError;
    if (!held_ && !plan.result.stopped) {
      const auto files = open();
      if (!files) return fail(kExitError, files.error().message);
      record_unwritten(plan, {}, files->journal.get());
    }
    return problem.value_or(exit_code(plan.result));
  }

  static void record_unwritten(const SweepSession::Plan& plan,
                               const std::set<SubscriptionId>& written, Journal* journal) {
    if (journal == nullptr) return;
    journal->set_desired(plan.desired);
    for (const SweptSubscription& swept : plan.result.subscriptions) {
      if (swept.selected && swept.reached && !written.contains(swept.outcome.desired.id))
        journal->record(swept.outcome);
    }
  }

  int write(const SweepSession::Plan& plan, const Ids& writable, std::optional<int> problem,
            const std::stop_token& stop) {
    auto files = open();
    if (!files) return fail(kExitError, files.error().message + "; nothing was written");
    Journal* const journal = files->journal.get();
    FleetSweep::Options options = session_.sweep_options();
    options.plan_only = false;
    options.selected = std::set<SubscriptionId>(writable.begin(), writable.end());
    options.shown = &plan.result;
    record_unwritten(plan, *options.selected, journal);
    OpenWrites open(session_.clock());
    options.reconciled = [&](const Outcome& outcome) {
      open.note(outcome);
      if (journal != nullptr) journal->record(outcome);
      if (line_.as_json) return;
      const std::string lines = change_lines(outcome, session_.layout());
      if (!lines.empty())
        session_.progress().above([&] { static_cast<void>(print_report(lines)); });
    };
    options.brake = [&](const BrakeNotice& notice) {
      if (journal == nullptr || notice.kind != BrakeNotice::Kind::Confirmed) return;
      journal->record(Journal::Event{.result = journal_result::kConfirmed,
                                     .by = user_name(),
                                     // The rest is about a code in the settings.
                                     .message = notice.message.substr(0, notice.message.find(". ")),
                                     .confirmed = notice.code});
    };
    std::unique_ptr<StateKeeper> state;
    options.about_to_write = [&](const DesiredSubscription& desired,
                                 const std::vector<Change>& changes) {
      if (journal != nullptr) journal->about_to_write(desired, changes);
      state->before_write();
    };
    FleetSweep sweep(session_.azure().plans(), session_.clock(), plan.desired, std::move(options));
    state =
        std::make_unique<StateKeeper>(std::move(files->state), session_.clock(), session_.log(),
                                      session_.state_sections(sweep, open), StateKeeper::Options{});
    state->load();
    sweep.recall(open.earlier());
    const SweepResult result = sweep.run(stop);
    state->save_if_changed();
    session_.progress().clear();
    const std::string report =
        line_.as_json ? as_json(result, "Apply")
                      : apply_report(result, confirming(line_, result, false), session_.layout());
    if (!print(report)) return kExitError;
    if (result.stopped) return kExitInterrupted;
    return problem.value_or(exit_code(result));
  }

  // The daemon confirms what its settings have: whoever wrote a wrong code there would wait in
  // vain.
  int confirm_beside(const std::stop_token& stop) {
    const auto plan = session_.make_plan(stop);
    if (!plan)
      return fail(stop.stop_requested() ? kExitInterrupted : kExitError, plan.error().message);
    if (const auto silent = complain_of_silence(plan->result)) return *silent;
    static_cast<void>(complain_about(*plan, line_));
    if (plan->result.stopped) return kExitInterrupted;
    const std::string& held_now = plan->result.confirm_code;
    const bool is_known = count(plan->result).not_readable == 0;
    if (!plan->code_fits && held_now.empty() && is_known)
      return fail(kExitError, "--confirm " + quoted_value(line_.confirm) +
                                  " confirms nothing: no changes are held now");
    return fail(kExitError,
                confirm_there(line_, *held_,
                              plan->code_fits || held_now.empty() ? line_.confirm : held_now));
  }

  int beside(const SweepSession::Plan& plan, const Ids& writable, std::optional<int> problem,
             const std::stop_token& stop) {
    const bool is_part = !line_.selection.empty() || line_.max;
    const auto result = apply_beside(session_, plan, writable, is_part, stop);
    if (!result) return fail(kExitError, result.error().message);
    const std::string report =
        line_.as_json ? as_json(*result, "Apply")
                      : plan_report(*result, confirming(line_, *result, true), session_.layout());
    if (!print(report)) return kExitError;
    if (stop.stop_requested()) return kExitInterrupted;
    return problem.value_or(exit_code(*result));
  }

  SweepSession& session_;
  const CommandLine& line_;
  const std::optional<std::string> held_;
};

// The question needs somebody who reads it.
std::optional<std::string> cannot_question(const CommandLine& line) {
  if (line.yes) return std::nullopt;
  if (line.as_json)
    return "apply with -o json asks no question: add --yes to apply the plan without one";
  if (read_terminal().can_ask) return std::nullopt;
  return "apply asks before it writes, and there is no terminal to ask on: add --yes to apply the "
         "plan without a question, or use --dry-run to see the plan";
}

}  // namespace

std::string confirming(const CommandLine& line, const SweepResult& result, bool by_daemon) {
  if (result.confirm_code.empty()) return {};
  if (by_daemon) {
    return "write `confirm: " + result.confirm_code + "` under `safety:` in " +
           shown_path(line.config_path);
  }
  return apply_command(line) + " --confirm " + result.confirm_code;
}

Ids limit(SweepResult& result, std::optional<std::size_t> max) {
  Ids writable;
  for (SweptSubscription& swept : result.subscriptions) {
    if (standing_of(swept) != Standing::ToChange) continue;
    if (max && writable.size() >= *max) {
      swept.skipped = "--max " + std::to_string(*max);
    } else {
      writable.push_back(swept.outcome.desired.id);
    }
  }
  return writable;
}

int apply(const CommandLine& line) {
  if (const auto problem = cannot_question(line)) return fail(kExitError, *problem);
  const SignalSet signals;  // before any thread starts
  const auto session = SweepSession::open(line, signals);
  if (!session) return kExitError;
  int code = kExitError;
  const auto work = [&](const std::stop_token& stop) {
    code = Apply(*session, held_by_another(session->settings())).run(stop);
    session->progress().clear();
  };
  run_until_signal(signals, work, {.stopping = kStoppingWrites});
  signals.release();
  return code;
}

}  // namespace defenderd
