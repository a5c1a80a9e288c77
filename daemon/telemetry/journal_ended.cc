// The lines which say that what was withheld or has failed is over.

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "telemetry/journal.h"

namespace defenderd {
namespace {

// Whether the declaration says what the field must be.
bool is_declared(const DesiredSubscription& desired, const Field& field) {
  if (field.is_plan()) return true;
  return desired.plan && (desired.unnamed_extensions == UnnamedExtensions::Off ||
                          desired.extension(field.extension_name()).has_value());
}

}  // namespace

// What was withheld or has failed, and is as declared: others did it. What still differs goes on
// waiting, also where nothing was decided about it: its write is paused, or was given up at a stop.
void Journal::record_ended(const Outcome& outcome, WaitingFields& withheld, Entries& entries) {
  const auto before = withheld_.find(outcome.desired.id);
  if (before == withheld_.end()) return;
  for (auto& [field, waiting] : before->second) {
    const auto is_applied = [&of = field](const Change& change) {
      return change.drift.field == of && change.result == ChangeResult::Applied;
    };
    if (withheld.contains(field) ||
        std::any_of(outcome.changes.begin(), outcome.changes.end(), is_applied))
      continue;
    if (std::any_of(outcome.drift_left.begin(), outcome.drift_left.end(),
                    [&of = field](const Drift& left) { return left.field == of; })) {
      withheld.emplace(field, std::move(waiting));
      continue;
    }
    if (!waiting.has_line) continue;
    const std::string shown = observed_text(*outcome.observed, field);
    JournalLine entry =
        line(journal_result::kEnded, outcome.desired, Drift{field, shown == on_off(true), ""});
    entry.since = waiting.since;
    entry.message = waiting.failed ? "as declared again, after a write that failed"
                                   : "as declared again, without a write of defenderd";
    if (!is_declared(outcome.desired, field)) {
      entry.to.clear();
      entry.message = kNoLongerDeclared;
    }
    add(std::move(entry), entries);
  }
}

void Journal::record_left(SubscriptionId id, const WaitingFields& fields, Entries& entries) const {
  DesiredSubscription desired;
  desired.id = id;
  for (const auto& [field, waiting] : fields) {
    if (!waiting.has_line) continue;
    desired.name = waiting.name;
    JournalLine entry = line(journal_result::kEnded, desired, Drift{field, false, ""});
    entry.to.clear();
    entry.since = waiting.since;
    entry.message = kNoLongerDeclared;
    add(std::move(entry), entries);
  }
}

}  // namespace defenderd
