#pragma once
// Reports exceptions that our own code should not have thrown (base/guarded.h).

#include "base/guarded.h"
#include "telemetry/log.h"

namespace defenderd {

// Logs each with what was being done, and how many there were since the start. Any thread. `log`
// outlives it.
[[nodiscard]] OnThrow report_bugs(Logger& log);

}  // namespace defenderd
