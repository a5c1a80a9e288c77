#pragma once
// The lifecycle endpoints, POST /-/...: what a running daemon can be asked to do.

#include <memory>
#include <vector>

#include "server/endpoints.h"
#include "server/http.h"
#include "telemetry/status_board.h"

namespace defenderd {

// The board must outlive the routes.
[[nodiscard]] std::vector<Route> lifecycle_routes(const StatusBoard& board,
                                                  const std::shared_ptr<const EndpointHooks>& hooks,
                                                  const EndpointOptions& options);

}  // namespace defenderd
