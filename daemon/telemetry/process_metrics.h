#pragma once
// The usual process_* metrics, read from /proc/self at each scrape.

#include "telemetry/exposition.h"

namespace defenderd {

// Omits what cannot be read.
void write_process_metrics(Exposition& out);

}  // namespace defenderd
