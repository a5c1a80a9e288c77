#include "cli/changes_report.h"

#include <string_view>
#include <vector>

#include "base/list_text.h"
#include "core/scope.h"
#include "core/scope_resolution.h"
#include "core/subscription_text.h"

namespace defenderd {
namespace {

std::string who(const DesiredSubscription& subscription) {
  return name_and_id(subscription.name, subscription.id) + ", " + subscription.source;
}

}  // namespace

bool something_leaves(const DesiredChanges& changes) {
  return !changes.left.empty() || !changes.scopes_left.empty();
}

std::string as_text(const DesiredChanges& changes) {
  std::string text;
  if (something_leaves(changes)) {
    text += count_text(changes.left.size(), changes.scopes_left.size()) +
            " removed, left as they are:\n";
    for (const Declaration& declaration : changes.left) text += "  - " + who(*declaration) + "\n";
    for (const Scope& scope : changes.scopes_left) text += "  - " + text_of(scope) + "\n";
  }
  if (!changes.joined.empty() || !changes.scopes_joined.empty()) {
    text += count_text(changes.joined.size(), changes.scopes_joined.size()) + " added:\n";
    for (const Declaration& declaration : changes.joined) text += "  + " + who(*declaration) + "\n";
    for (const Scope& scope : changes.scopes_joined) text += "  + " + text_of(scope) + "\n";
  }
  if (!changes.changed.empty() || !changes.scopes_changed.empty()) {
    text += count_text(changes.changed.size(), changes.scopes_changed.size()) + " changed:\n";
    for (const ChangedDeclaration& change : changes.changed) {
      text += "  ~ " + who(*change.after) + ": " +
              (change.keys.empty() ? "descriptive text" : joined(change.keys)) + "\n";
    }
    for (const ChangedScope& change : changes.scopes_changed) {
      const auto keys = disagreements(change.before.declares, change.after.declares);
      text += "  ~ " + text_of(change.after) + ": " +
              (keys.empty() ? "exclude or descriptive text" : joined(keys)) + "\n";
    }
  }
  return text.empty() ? "nothing is removed, added or changed\n" : text;
}

}  // namespace defenderd
