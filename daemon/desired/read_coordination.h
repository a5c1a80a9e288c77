#pragma once
// Reads `coordination:` of the settings: which replica of several leads.

#include "desired/map_reader.h"
#include "desired/settings.h"

namespace defenderd {

void read_coordination(const MapReader& map, CoordinationSettings& coordination);

}  // namespace defenderd
