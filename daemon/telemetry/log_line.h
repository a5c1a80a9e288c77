#pragma once
// What a line of the log looks like.

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "telemetry/log.h"

namespace defenderd {

// Without a line feed. Control characters and malformed UTF-8 of any text are replaced.
[[nodiscard]] std::string format_log_line(LogFormat format, LogLevel level, LogEvent event,
                                          std::string_view message,
                                          std::span<const LogField> fields, WallTime time);

}  // namespace defenderd
