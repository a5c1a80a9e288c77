// How the daemon wires the fleet's safety, the journal and the state.

#include <cstdint>
#include <utility>

#include "app/build_info.h"
#include "app/daemon.h"
#include "app/safety_rules.h"
#include "app/state.h"
#include "base/time_text.h"
#include "desired/content_hash.h"
#include "telemetry/journal_reader.h"

namespace defenderd {
namespace {

// Some ten thousand lines, read within a tenth of a second.
constexpr std::uint64_t kRecalled = 4U << 20U;

}  // namespace

Result<Done> Daemon::start_journal() {
  Journal::Options options;
  options.file.path = settings_.journal_file;
  options.file.standard_output = outlets_.output;
  options.version = kVersion;
  options.on_write_error = [this] { metrics_.journal_failed(); };
  options.on_line = [this](const JournalLine& line) { history_.record(line); };
  auto journal = Journal::open(std::move(options), clock_, log_);
  if (!journal) return Unexpected(journal.error());
  journal_ = *std::move(journal);
  recall_history();
  return Done{};
}

// What the journal tells of earlier runs. One that goes to a pipe tells nothing.
void Daemon::recall_history() {
  const std::string& path = settings_.journal_file;
  if (path.empty() || path == "-") return;
  JournalQuery query;
  query.last_bytes = kRecalled;
  const auto reading =
      read_journal(path, query, [this](const JournalLine& line) { history_.record(line); });
  if (reading) return;
  log_.log(LogLevel::Info, log_event::kJournal,
           "the history of subscriptions begins with this start: " + reading.error().message);
}

std::unique_ptr<Safety> Daemon::make_safety() {
  Safety::Hooks hooks;
  hooks.hash = [](std::string_view text) { return content_hash({text}); };
  hooks.make_due = [this](const std::vector<SubscriptionId>& ids) {
    for (const SubscriptionId id : ids) controller_->reconcile_now(id);
  };
  hooks.tell = [this](const BrakeNotice& notice) { on_brake(notice); };
  return std::make_unique<Safety>(clock_, options_.observe_only, safety_rules(settings_),
                                  std::move(hooks));
}

Result<Done> Daemon::start_state() {
  auto store = open_state(settings_);
  if (!store) return Unexpected(store.error());
  if (!*store) {
    log_.log(LogLevel::Info, log_event::kState,
             "no state is kept: a restart forgets what was switched in the last " +
                 format_duration(brake_window(settings_.poll)) +
                 " and which codes were used. Set journal.file, or state.file");
  }
  state_ = std::make_unique<StateKeeper>(
      *std::move(store), clock_, log_, std::vector{safety_section(*safety_, settings_, clock_)},
      StateKeeper::Options{.on_write_error = [this] { metrics_.state_failed(); }});
  state_->load();
  return Done{};
}

Reconciler::Options Daemon::reconciler_options() {
  Reconciler::Options options;
  options.observe_only = options_.observe_only;
  options.safety = safety_->check();
  options.about_to_write = [this](const DesiredSubscription& desired,
                                  const std::vector<Change>& changes) {
    journal_->about_to_write(desired, changes);
    state_->before_write();
  };
  return options;
}

Controller::Listener Daemon::listener() {
  Controller::Listener listener;
  listener.reconciled = [this](const Outcome& outcome, const Attempt& attempt) {
    on_reconciled(outcome, attempt);
  };
  listener.departed = [this](const Outcome& outcome) { on_departed(outcome); };
  listener.sweep_completed = [this](WallTime now) { on_sweep(now); };
  listener.bulk_seen = [this](const BulkSeen& seen) { on_bulk_seen(seen); };
  listener.bulk_disagreed = [this](const Outcome& outcome, const BulkDisagreement& disagreement) {
    graph_watch_.disagreed(outcome, disagreement);
  };
  return listener;
}

void Daemon::on_brake(const BrakeNotice& notice) {
  const bool holding = notice.kind == BrakeNotice::Kind::Holding;
  log_.log(holding ? LogLevel::Error : LogLevel::Info, log_event::kBrake, notice.message,
           {{log_key::kReason, to_text(notice.reason)},
            {log_key::kCount, std::to_string(notice.changes)}});
}

void Daemon::take_over_safety(const Settings& settings) {
  safety_->set_rules(safety_rules(settings));
  show_brakes();
}

// The safety first, so that nothing new is acted upon before it is judged.
void Daemon::declare(const DesiredState& desired, WallTime now) {
  journal_->set_desired(desired);
  safety_->set_desired(desired, [this](SubscriptionId id) {
    const auto row = board_.find(id);
    return row && row->observed ? std::optional(*row->observed) : std::nullopt;
  });
  board_.set_desired(desired, now);
  if (controller_->set_desired(desired).awaits_bulk) sweeper_->wake();
  show_brakes();
}

void Daemon::show_brakes() {
  metrics_.brake_holds(Reason::DisableBrake, safety_->held(BrakeKind::Disable));
  metrics_.brake_holds(Reason::EnableBrake, safety_->held(BrakeKind::Enable));
}

}  // namespace defenderd
