#pragma once
// Durations and points in time as people and machines write them.

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace defenderd {

// "500ms", "30s", "5m", "1h30m", "7d": whole numbers with units d, h, m, s, ms, largest first.
// nullopt for anything else (a bare number has no unit and is rejected) and beyond ten years.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);

// The shortest text that parse_duration reads back, rounded down to whole milliseconds: "1h30m".
[[nodiscard]] std::string format_duration(Duration duration);

// RFC 3339 with seconds and a zone: "2026-12-24T00:00:00Z", "2026-12-24T01:00:00+01:00". Fractions
// of a second are accepted and rounded to the microsecond. nullopt for anything else, and for years
// before 1970 and after 2261, which the clock cannot hold.
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view text);

// In UTC, with milliseconds: "2026-12-24T00:00:00.000Z".
[[nodiscard]] std::string format_rfc3339(WallTime time);

// With microseconds, as Kubernetes writes its MicroTime: "2026-12-24T00:00:00.000000Z".
[[nodiscard]] std::string format_rfc3339_micros(WallTime time);

// Seconds since 1970 with milliseconds, like Prometheus timestamps.
[[nodiscard]] double to_unix_seconds(WallTime time);

}  // namespace defenderd
