#pragma once
// What must be remembered of the declared subscriptions, as a section of the state document:
// {"inSync":[{"from":"...","afterMs":{"ID":250}}],"inSyncObserved":{...},"others":[...],
// "pricings":[...]}. Those that are simply in sync are a time each, as milliseconds after a full
// hour; what the others show is in the table.

#include <string>
#include <string_view>

#include "base/result.h"
#include "telemetry/status_memory.h"

namespace defenderd {

inline constexpr std::string_view kStatusSection = "subscriptions";

[[nodiscard]] std::string format(const StatusMemory& memory);
[[nodiscard]] Result<StatusMemory> parse_status_section(std::string_view text);

}  // namespace defenderd
