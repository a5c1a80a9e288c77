#include "app/declared_fleet.h"

#include <optional>
#include <utility>

#include "app/outcome_recorder.h"
#include "app/poll_schedule.h"
#include "core/scope.h"

namespace defenderd {
namespace {

std::string subscriptions(std::size_t count) { return count_text(count, 0); }

}  // namespace

DeclaredFleet::DeclaredFleet(const Parts& parts, Settings settings)
    : parts_(parts), settings_(std::move(settings)) {}

void DeclaredFleet::declare(const DesiredState& fleet) {
  const MutexLock lock(mutex_);
  const WallTime now = parts_.clock.wall_now();
  report_returned(parts_.departures.returned(fleet.subscriptions, now));
  parts_.outcome_log.keep_only(fleet);
  parts_.journal.set_desired(fleet);
  parts_.safety.set_desired(fleet, [this](SubscriptionId id) {
    const auto row = parts_.board.find(id);
    const bool seen = row && row->observed && row->observed_in_this_run;
    return seen ? std::optional(*row->observed) : std::nullopt;
  });
  parts_.board.set_desired(fleet, now);
  const Controller::Edit edit = parts_.controller.set_desired(fleet);
  if (edit.awaits_bulk) parts_.sweeper.wake();
  record_edit(fleet, edit);
  warn_of_budget(fleet.subscriptions);
}

void DeclaredFleet::edit(const std::function<void()>& take_effect) {
  const WallTime now = parts_.clock.wall_now();
  const std::vector<Declaration> before = declared();
  take_effect();
  log_departure(parts_.departures.edited(before, declared(), now), parts_.log);
}

void DeclaredFleet::apply(const Settings& settings) {
  const MutexLock lock(mutex_);
  settings_ = settings;
  warn_of_budget(declared());
}

// A listing that changes what scopes cover is not an edit.
void DeclaredFleet::record_edit(const DesiredState& fleet, const Controller::Edit& edit) {
  const bool is_first = !hash_;
  const bool is_edit =
      is_first ? parts_.journal.was_edited_meanwhile(fleet.hash) : *hash_ != fleet.hash;
  hash_ = fleet.hash;
  if (!is_edit) return;
  // Entries and scopes, because right after a start it is not known what the scopes cover.
  const auto coverage = parts_.coverage.snapshot();
  const std::size_t entries = fleet.subscriptions.size() - coverage->covered;
  const std::string declared = count_text(entries, coverage->scopes) + " declared";
  parts_.journal.record_edit(
      is_first ? "the desired state was edited while defenderd was not running: " + declared
               : "the desired state was edited: " + declared +
                     (coverage->scopes > 0 ? "; with what the scopes cover, " : ", ") +
                     std::to_string(edit.added) + " added, " + std::to_string(edit.changed) +
                     " changed, " + std::to_string(edit.departed) + " removed");
}

// Read from the board, which has the declarations of entries and of scopes.
std::vector<Declaration> DeclaredFleet::declared() const {
  std::vector<Declaration> result;
  const StatusSnapshot snapshot = parts_.board.snapshot();
  result.reserve(snapshot.rows.size());
  for (const auto& row : snapshot.rows) result.push_back(row->desired);
  return result;
}

void DeclaredFleet::report_returned(std::size_t count) const {
  if (count == 0) return;
  parts_.log.log(LogLevel::Info, log_event::kLeftList,
                 subscriptions(count) + " that had been removed from the desired state " +
                     (count == 1 ? "is" : "are") + " declared again",
                 {{log_key::kCount, std::to_string(count)}});
}

// Logged when it starts and when it changes.
void DeclaredFleet::warn_of_budget(const std::vector<Declaration>& declared) {
  std::string warning = budget_warning(settings_, declared);
  if (warning == budget_warning_) return;
  budget_warning_ = std::move(warning);
  if (budget_warning_.empty()) return;
  parts_.log.log(LogLevel::Warn, log_event::kBudget, budget_warning_);
}

}  // namespace defenderd
