#pragma once
// What a standby knows of the fleet: what the leader saved last.

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "core/reason.h"

namespace defenderd {

struct SharedState {
  std::optional<WallTime> saved = {};  // nullopt: nothing is saved, or it cannot be read
  std::map<State, std::size_t> by_state = {};
  std::string error = {};  // why it cannot be read; "" if it can
};

}  // namespace defenderd
