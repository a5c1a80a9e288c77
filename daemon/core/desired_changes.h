#pragma once
// What an edit of the desired state comes to, as far as the files alone say it. Pure.

#include <string>
#include <vector>

#include "core/desired_state.h"

namespace defenderd {

struct ChangedDeclaration {
  Declaration before;
  Declaration after;
  std::vector<std::string> keys;  // in which they want something else done; empty: texts alone
};
struct ChangedScope {
  Scope before;
  Scope after;
};

// In the order of the files.
struct DesiredChanges {
  std::vector<Declaration> left;
  std::vector<Declaration> joined;
  std::vector<ChangedDeclaration> changed;
  // Scopes are told apart by what they look for: tenant, management group and tags.
  std::vector<Scope> scopes_left;
  std::vector<Scope> scopes_joined;
  std::vector<ChangedScope> scopes_changed;
};
[[nodiscard]] DesiredChanges changes_between(const DesiredState& before, const DesiredState& after);

}  // namespace defenderd
