#pragma once
// The format of a log line.

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "telemetry/log.h"

namespace defenderd {

// Without a line feed. Control characters and malformed UTF-8 in any text are replaced.
[[nodiscard]] std::string format_log_line(LogStyle style, LogLevel level, LogEvent event,
                                          std::string_view message,
                                          std::span<const LogField> fields, WallTime time);

}  // namespace defenderd
