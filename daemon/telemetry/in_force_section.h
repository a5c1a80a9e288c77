#pragma once
// The section of the state document about the desired state that the leader has in force.

#include <string>
#include <string_view>

#include "base/result.h"
#include "core/file_wait.h"

namespace defenderd {

inline constexpr std::string_view kInForceSection = "inForce";

[[nodiscard]] std::string format(const InForce& in_force);
[[nodiscard]] Result<InForce> parse_in_force_section(std::string_view text);

}  // namespace defenderd
