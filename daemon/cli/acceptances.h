#pragma once
// The accepted findings of a desired state as people wrote them. Pure.

#include <cstddef>
#include <string>
#include <vector>

#include "core/desired_state.h"

namespace defenderd {

struct Acceptance {
  AcceptedFinding accepted;
  std::string source = {};  // "file:line" of the first entry or scope
  std::string whose = {};   // the first one
  std::size_t count = 0;    // entries and scopes of the same file
};
// What many entries of a file accept in the same words, as those from its defaults, is there once.
// In the order of the files.
[[nodiscard]] std::vector<Acceptance> acceptances_of(const DesiredState& desired);

// "chat-prod", "the scope prod": printable.
[[nodiscard]] std::string title_of(const DesiredSubscription& declared);
[[nodiscard]] std::string title_of(const Scope& scope);

}  // namespace defenderd
