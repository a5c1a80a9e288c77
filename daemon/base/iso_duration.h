#pragma once
// Durations as ARM writes them (ISO 8601): "P29DT13H24M", "PT0S".

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace defenderd {

// Weeks, days, hours, minutes and seconds, whose fraction is dropped. nullopt for anything else:
// years and months, which have no fixed length, a sign, and more than ten years.
[[nodiscard]] std::optional<Duration> parse_iso_duration(std::string_view text);

}  // namespace defenderd
