#pragma once
// The lines of the log about incidents.

#include "telemetry/incidents.h"
#include "telemetry/log.h"

namespace defenderd {

void add_lines(const Incidents::News& news, LogLines& lines);

}  // namespace defenderd
