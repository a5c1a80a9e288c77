#pragma once
// `safety.freeze` of the settings.

#include <optional>
#include <string_view>
#include <vector>

#include "core/freeze.h"
#include "desired/value.h"

namespace defenderd {

[[nodiscard]] std::optional<std::vector<Freeze>> read_freezes(const Value& value);

// "18:00"; nullopt for anything else.
[[nodiscard]] std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text);

}  // namespace defenderd
