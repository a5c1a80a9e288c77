#include "cli/check_notes.h"

#include <chrono>
#include <cstddef>

#include "base/list_text.h"
#include "base/text.h"
#include "base/time_text.h"
#include "cli/acceptances.h"
#include "core/plan_catalog.h"
#include "core/scope.h"
#include "core/scope_overlap.h"
#include "telemetry/deadlines.h"

namespace defenderd {
namespace {

void add_end(const std::string& source, const std::string& what, WallTime until, WallTime now,
             std::vector<FileWarning>& notes) {
  if (until - now > kSuspensionEndsSoon) return;
  const bool over = until <= now;
  notes.push_back({source, what + (over ? " expired at " : " expires at ") + format_rfc3339(until) +
                               (over ? "; remove it, or set a later time" : ", within a day")});
}

void add_suspension(const DesiredSubscription& declared, const std::string& whose, WallTime now,
                    std::vector<FileWarning>& notes) {
  if (!declared.suspend) return;
  add_end(declared.source, "the suspension of " + whose, declared.suspend->until, now, notes);
}

std::string whole_title(const Scope& scope) {
  return (scope.name.empty() ? "this scope" : title_of(scope)) + " (" + selection_text(scope) + ")";
}

std::string text_of(const SwallowedScope& swallowed, const std::vector<Scope>& scopes) {
  const Scope& by = scopes[swallowed.by];
  const std::string start = whole_title(scopes[swallowed.scope]);
  if (swallowed.keys.empty()) {
    return start + " has no effect: " + text_of(by) +
           " covers the same subscriptions, comes first, and declares the same; remove one of them";
  }
  const std::string keys = joined(swallowed.keys);
  return start + " can cover nothing: " + text_of(by) +
         " covers the same subscriptions and disagrees about " + printable(keys, 256) +
         ", so they are left as they are; make the scopes agree, or let them select different "
         "subscriptions";
}

}  // namespace

std::string format(const FileWarning& warning) {
  return warning.source.empty() ? warning.message
                                : printable(warning.source, 4096) + ": " + warning.message;
}

std::vector<FileWarning> suspension_notes(const DesiredState& desired, WallTime now) {
  std::vector<FileWarning> notes;
  for (const Declaration& declared : desired.subscriptions)
    add_suspension(*declared, title_of(*declared), now, notes);
  for (const Scope& scope : desired.scopes)
    add_suspension(scope.declares, title_of(scope), now, notes);
  return notes;
}

std::vector<FileWarning> acceptance_notes(const DesiredState& desired, WallTime now) {
  std::vector<FileWarning> notes;
  for (const Acceptance& acceptance : acceptances_of(desired)) {
    std::string what = "the acceptance of " + std::string(to_text(acceptance.accepted.finding)) +
                       " for " + acceptance.whose;
    if (acceptance.count > 1) what += " and " + std::to_string(acceptance.count - 1) + " more";
    add_end(acceptance.source, what, acceptance.accepted.until, now, notes);
  }
  return notes;
}

std::vector<FileWarning> scope_notes(const DesiredState& desired) {
  std::vector<FileWarning> notes;
  for (const Scope& scope : desired.scopes) {
    const std::string why = why_nothing_matches(scope, desired);
    if (!why.empty())
      notes.push_back({scope.declares.source, whole_title(scope) + " can match nothing: " + why});
  }
  for (const SwallowedScope& swallowed : swallowed_scopes(desired.scopes)) {
    notes.push_back(
        {desired.scopes[swallowed.scope].declares.source, text_of(swallowed, desired.scopes)});
  }
  return notes;
}

// After 60 s without an answer of the resource provider, ARM answers 504. Source: the ARM RPC,
// common-api-details.
std::vector<FileWarning> timeout_notes(const Settings& settings) {
  constexpr Duration kTimeoutOfArm = std::chrono::seconds(60);
  const Duration timeout = settings.azure.request_timeout;
  if (timeout > kTimeoutOfArm) return {};
  return {
      {"", "azure.timeouts.request is " + format_duration(timeout) +
               ", but ARM waits up to 60s for Defender for Cloud: a slow write would be given up "
               "although it may still be carried out; use 75s or more"}};
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
