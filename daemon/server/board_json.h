#pragma once
// What the answers about the whole board share.

#include <string_view>

#include "base/json_writer.h"
#include "server/http.h"
#include "telemetry/status_board.h"

namespace defenderd {

// Of the answers that name it.
inline constexpr std::string_view kApiVersion = "defenderd/v1";

[[nodiscard]] Response json_response(JsonWriter& json);

// How a client follows the board: with `since` it requests the rows that changed after a revision;
// if the desired state is newer than that, it requests all, because some may be gone.
void write_revisions(JsonWriter& json, const StatusSnapshot& snapshot);

}  // namespace defenderd
