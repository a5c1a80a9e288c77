#pragma once
// One subscription as JSON.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "telemetry/status_board.h"

namespace defenderd {

// Absent if it is empty.
void text_member(JsonWriter& json, std::string_view name, std::string_view text);
void texts_member(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts);
// null if there is none.
void time_member(JsonWriter& json, std::string_view name, std::optional<WallTime> time);

// The members that lists and details share, inside an object that the caller has opened.
void write_summary(JsonWriter& json, const StatusRow& row);
// The members that only the details have.
void write_details(JsonWriter& json, const StatusRow& row);

}  // namespace defenderd
