#pragma once
// What the scope follower reports besides the resolution itself.

#include <cstddef>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "core/desired_state.h"
#include "core/failure.h"
#include "core/ids.h"

namespace defenderd {

// What the follower knows about the subscriptions that are visible through one tenant.
struct TenantView {
  std::optional<TenantId> tenant;
  bool has_scopes = false;           // some scope uses it
  bool needs_groups = false;         // some scope needs its management groups
  bool known = false;                // it has been listed
  bool groups_known = false;         // its management groups have been
  std::optional<Failure> failure{};  // of the last listing
};

// What one resolution of the scopes is based on, and what it changed.
struct ScopeNews {
  std::size_t scopes = 0;             // that are declared
  std::vector<TenantView> tenants;    // that were listed, successfully or not
  std::vector<Declaration> departed;  // by a listing: no longer covered and not declared
  std::optional<bool> last_good{};    // whether the last listing succeeded; nullopt: none ended
  std::optional<WallTime> last_success{};
};

}  // namespace defenderd
