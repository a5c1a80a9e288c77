#pragma once
// The section of the state document about freezes.

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "core/freeze.h"

namespace defenderd {

inline constexpr std::string_view kFreezesSection = "freezes";

struct FreezeMemory {
  std::vector<Freeze> commanded;  // by the API
  // Those in force, each by its fingerprint, and since when.
  struct Known {
    std::string fingerprint;
    WallTime since;
    std::string reason;  // to report its end
    bool operator==(const Known&) const = default;
  };
  std::vector<Known> in_force;
  bool operator==(const FreezeMemory&) const = default;
};

[[nodiscard]] std::string format(const FreezeMemory& memory);
[[nodiscard]] Result<FreezeMemory> parse_freezes_section(std::string_view text);

}  // namespace defenderd
