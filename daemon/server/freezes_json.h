#pragma once
// The member `freezes` of /api/v1/status.

#include <vector>

#include "telemetry/freeze_status.h"

namespace defenderd {

class JsonWriter;

void write_freezes(JsonWriter& json, const std::vector<FreezeStatus>& freezes);

}  // namespace defenderd
