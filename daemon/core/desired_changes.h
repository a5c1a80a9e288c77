#pragma once
// What an edit of the desired state changes, judged by the files alone. Pure.

#include <string>
#include <vector>

#include "core/desired_state.h"

namespace defenderd {

struct ChangedDeclaration {
  Declaration before;
  Declaration after;
  std::vector<std::string> keys;  // in which the declaration differs; empty: only texts
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
  // Scopes are identified by what they select: tenant, management group and tags.
  std::vector<Scope> scopes_left;
  std::vector<Scope> scopes_joined;
  std::vector<ChangedScope> scopes_changed;
};
[[nodiscard]] DesiredChanges changes_between(const DesiredState& before, const DesiredState& after);

}  // namespace defenderd
