#pragma once
// The metrics of the active incidents, computed at each scrape.

#include <vector>

#include "telemetry/exposition.h"
#include "telemetry/incidents.h"

namespace defenderd {

void write_incident_metrics(Exposition& out, const std::vector<Incident>& active);

}  // namespace defenderd
