#pragma once
// Whether a new leader writes at once, if its desired state is another one than that of the leader
// before it.
//
// Each node fetches an edited ConfigMap by itself, some up to a minute later than others. A leader
// whose files are the older ones would undo the edit, and soon do it again. Whose files are older
// cannot be seen; but if the other desired state took effect a short time ago, these may be. Pure.
// https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically

#include <optional>
#include <string>

#include "base/clock.h"

namespace defenderd {

// What a leader had in force.
struct InForce {
  std::string replica = {};  // its identity
  std::string hash = {};     // of its desired state
  WallTime since = {};       // when that took effect
  bool operator==(const InForce&) const = default;
};

// An edit has reached every node by then.
inline constexpr Duration kFilesArrive = std::chrono::minutes(2);

// How long a new leader only observes, at most, unless its files change; zero: it writes at once.
// `before`: of the leader before it, nullopt if nothing is known. Clocks may differ: a time in the
// future counts as now.
[[nodiscard]] Duration file_wait(const std::optional<InForce>& before, const InForce& now,
                                 WallTime wall);

}  // namespace defenderd
