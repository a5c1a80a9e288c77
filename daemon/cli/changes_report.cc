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

std::string title(std::size_t subscriptions, std::size_t scopes, std::string_view singular,
                  std::string_view plural) {
  return count_text(subscriptions, scopes) + " " +
         std::string(subscriptions + scopes == 1 ? singular : plural);
}

}  // namespace

bool something_leaves(const DesiredChanges& changes) {
  return !changes.left.empty() || !changes.scopes_left.empty();
}

std::string as_text(const DesiredChanges& changes) {
  std::string text;
  if (something_leaves(changes)) {
    text += title(changes.left.size(), changes.scopes_left.size(), "leaves", "leave") +
            ", left as they are:\n";
    for (const Declaration& declaration : changes.left) text += "  - " + who(*declaration) + "\n";
    for (const Scope& scope : changes.scopes_left) text += "  - " + text_of(scope) + "\n";
  }
  if (!changes.joined.empty() || !changes.scopes_joined.empty()) {
    text += title(changes.joined.size(), changes.scopes_joined.size(), "joins", "join") + ":\n";
    for (const Declaration& declaration : changes.joined) text += "  + " + who(*declaration) + "\n";
    for (const Scope& scope : changes.scopes_joined) text += "  + " + text_of(scope) + "\n";
  }
  if (!changes.changed.empty() || !changes.scopes_changed.empty()) {
    text +=
        title(changes.changed.size(), changes.scopes_changed.size(), "changes", "change") + ":\n";
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
  return text.empty() ? "nothing leaves, joins or changes\n" : text;
}

}  // namespace defenderd
