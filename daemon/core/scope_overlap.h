#pragma once
// Scopes that can cover nothing, or that another one makes superfluous, whatever Azure holds. Pure.

#include <cstddef>
#include <string>
#include <vector>

#include "core/desired_state.h"

namespace defenderd {

// Whether everything that `narrow` selects is certainly selected by `broad` too.
[[nodiscard]] bool selects_all_of(const Scope& broad, const Scope& narrow);

// A scope that lies within another one. Both are places in the list.
struct SwallowedScope {
  std::size_t scope = 0;
  std::size_t by = 0;
  // What both disagree about: then every subscription of the inner one is left as it is. Empty:
  // the other one comes first and declares the same.
  std::vector<std::string> keys = {};
  bool operator==(const SwallowedScope&) const = default;
};
// At most one for each scope, in their order; a disagreement rather than an agreement. A narrow
// scope that comes before a broad one and agrees with it is not a problem.
[[nodiscard]] std::vector<SwallowedScope> swallowed_scopes(const std::vector<Scope>& scopes);

// Why no subscription can match, as a sentence; "" if one can.
[[nodiscard]] std::string why_nothing_matches(const Scope& scope, const DesiredState& desired);

}  // namespace defenderd
