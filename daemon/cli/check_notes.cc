#include "cli/check_notes.h"

#include <cstddef>

#include "base/text.h"
#include "base/time_text.h"
#include "core/plan_catalog.h"
#include "core/scope.h"
#include "telemetry/deadlines.h"

namespace defenderd {
namespace {

std::string name_of(const DesiredSubscription& declared) {
  return declared.name.empty() ? declared.id.text() : printable(declared.name);
}

void add_note(const DesiredSubscription& declared, const std::string& name, WallTime now,
              std::vector<std::string>& notes) {
  if (!declared.suspend) return;
  const WallTime until = declared.suspend->until;
  if (until - now > kSuspensionEndsSoon) return;
  const std::string where = declared.source.empty() ? "" : printable(declared.source, 400) + ": ";
  const bool over = until <= now;
  notes.push_back(where + "the suspension of " + name + (over ? " expired at " : " expires at ") +
                  format_rfc3339(until) +
                  (over ? "; remove it, or set a later time" : ", within a day"));
}

}  // namespace

std::vector<std::string> suspension_notes(const DesiredState& desired, WallTime now) {
  std::vector<std::string> notes;
  for (const Declaration& declared : desired.subscriptions)
    add_note(*declared, name_of(*declared), now, notes);
  for (const Scope& scope : desired.scopes) {
    add_note(scope.declares, scope.name.empty() ? "a scope" : "the scope " + printable(scope.name),
             now, notes);
  }
  return notes;
}

std::string cost_note(const DesiredState& desired) {
  std::size_t subscriptions = 0;
  std::size_t scopes = 0;
  for (const Declaration& declared : desired.subscriptions) subscriptions += declared->plan ? 1 : 0;
  for (const Scope& scope : desired.scopes) scopes += scope.declares.plan ? 1 : 0;
  if (subscriptions + scopes == 0) return {};
  return "the plan is on for " + count_text(subscriptions, scopes) + "; it is " +
         std::string(entry_of(kDeclaredPlan).cost);
}

}  // namespace defenderd
