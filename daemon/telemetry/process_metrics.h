#pragma once
// The usual process_* metrics, read from /proc/self at each scrape.

#include "telemetry/exposition.h"

namespace defenderd {

// What cannot be read is left out.
void write_process_metrics(Exposition& out);

}  // namespace defenderd
