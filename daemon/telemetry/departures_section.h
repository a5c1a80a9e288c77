#pragma once
// What edits removed from the desired state, as a section of the state document: a list of edits.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/departures.h"

namespace defenderd {

inline constexpr std::string_view kDeparturesSection = "departures";

[[nodiscard]] std::string format(const std::vector<DepartedEdit>& edits);
[[nodiscard]] Result<std::vector<DepartedEdit>> parse_departures_section(std::string_view text);

}  // namespace defenderd
