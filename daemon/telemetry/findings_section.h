#pragma once
// Since when findings are known, as a section of the state document: a list.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/findings_board.h"

namespace defenderd {

inline constexpr std::string_view kFindingsSection = "findings";

[[nodiscard]] std::string format(const std::vector<RememberedFinding>& findings);
[[nodiscard]] Result<std::vector<RememberedFinding>> parse_findings_section(std::string_view text);

}  // namespace defenderd
