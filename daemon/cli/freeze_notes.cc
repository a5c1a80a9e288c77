#include "cli/freeze_notes.h"

#include <algorithm>

#include "base/text.h"
#include "base/time_text.h"

namespace defenderd {
namespace {

bool is_over(const Freeze& freeze, WallTime now) { return !current_or_next(freeze, now); }

std::string title_of(const Freeze& freeze) {
  return "the freeze \"" + printable(freeze.reason, 100) + "\"";
}

// Whether anything declared has one of its owners.
bool is_of_somebody(const Freeze& freeze, const DesiredState& desired) {
  const auto has = [&](const DesiredSubscription& declared) {
    return std::any_of(freeze.owners.begin(), freeze.owners.end(),
                       [&](const std::string& owner) { return has_owner(declared, owner); });
  };
  return std::any_of(desired.subscriptions.begin(), desired.subscriptions.end(),
                     [&](const Declaration& declared) { return has(*declared); }) ||
         std::any_of(desired.scopes.begin(), desired.scopes.end(),
                     [&](const Scope& scope) { return has(scope.declares); });
}

}  // namespace

std::vector<FileWarning> freeze_notes(const std::vector<Freeze>& freezes,
                                      const DesiredState* desired, WallTime now) {
  std::vector<FileWarning> notes;
  for (const Freeze& freeze : freezes) {
    if (is_over(freeze, now)) {
      std::string text = title_of(freeze) + " is over";
      if (freeze.until) text += " since " + format_rfc3339(*freeze.until);
      notes.push_back({freeze.source, text + "; remove it, or set a later time"});
    } else if (desired != nullptr && !freeze.owners.empty() && !is_of_somebody(freeze, *desired)) {
      notes.push_back({freeze.source, title_of(freeze) +
                                          " has no effect: no subscription and no scope has one of "
                                          "its owners; check their spelling"});
    }
  }
  return notes;
}

FreezeCounts count_freezes(const std::vector<Freeze>& freezes, WallTime now) {
  FreezeCounts counts;
  for (const Freeze& freeze : freezes) {
    ++counts.all;
    const auto span = current_or_next(freeze, now);
    if (!span) {
      ++counts.over;
    } else if (includes(*span, now)) {
      ++counts.in_force;
    }
  }
  return counts;
}

std::string as_text(const FreezeCounts& counts) {
  if (counts.all == 0) return {};
  std::string text = "  freezes: " + std::to_string(counts.all) + " (" +
                     std::to_string(counts.in_force) + " in force";
  if (counts.over > 0) text += ", " + std::to_string(counts.over) + " over";
  return text + ")\n";
}

}  // namespace defenderd
