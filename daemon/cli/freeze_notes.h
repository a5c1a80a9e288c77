#pragma once
// What `defenderd check` says about the freezes of the settings. Pure.

#include <cstddef>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/check_notes.h"
#include "core/desired_state.h"
#include "core/freeze.h"

namespace defenderd {

// Those that are over, and those for owners whom nobody has. `desired` is nullptr if the desired
// state is not known.
[[nodiscard]] std::vector<FileWarning> freeze_notes(const std::vector<Freeze>& freezes,
                                                    const DesiredState* desired, WallTime now);

struct FreezeCounts {
  std::size_t all = 0;
  std::size_t in_force = 0;
  std::size_t over = 0;
};
[[nodiscard]] FreezeCounts count_freezes(const std::vector<Freeze>& freezes, WallTime now);
// "  freezes: 2 (1 in force)" and a line feed; "" without freezes.
[[nodiscard]] std::string as_text(const FreezeCounts& counts);

}  // namespace defenderd
