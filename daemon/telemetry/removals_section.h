#pragma once
// What edits removed lately, as a section of the state document: a list.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/removal.h"

namespace defenderd {

inline constexpr std::string_view kRemovalsSection = "removals";

[[nodiscard]] std::string format(const std::vector<Removal>& removals);
[[nodiscard]] Result<std::vector<Removal>> parse_removals_section(std::string_view text);

}  // namespace defenderd
