#pragma once
// The active incidents, as a section of the state document: a list.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/incidents.h"

namespace defenderd {

inline constexpr std::string_view kIncidentsSection = "incidents";

[[nodiscard]] std::string format(const std::vector<Incident>& incidents);
[[nodiscard]] Result<std::vector<Incident>> parse_incidents_section(std::string_view text);

}  // namespace defenderd
