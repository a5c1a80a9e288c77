#pragma once
// Incidents as JSON, for the API, and as sections of the state document: the list of the active
// ones, and of those that have ended.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/incidents.h"

namespace defenderd {

class JsonWriter;

// All but how many subscriptions it concerns now, which a restart has to count anew.
void write_members(JsonWriter& json, const Incident& incident);

inline constexpr std::string_view kIncidentsSection = "incidents";

[[nodiscard]] std::string format(const std::vector<Incident>& incidents);
[[nodiscard]] Result<std::vector<Incident>> parse_incidents_section(std::string_view text);

inline constexpr std::string_view kEndedIncidentsSection = "endedIncidents";

[[nodiscard]] std::string format(const std::vector<EndedIncident>& incidents);
[[nodiscard]] Result<std::vector<EndedIncident>> parse_ended_incidents_section(
    std::string_view text);

}  // namespace defenderd
