#pragma once
// Starts the HTTP server, and connects it with the parts of the daemon.

#include <memory>

#include "base/result.h"
#include "server/http_server.h"

namespace defenderd {

struct DaemonParts;

// When it returns, the server listens. The parts outlive it. The Error says what to fix.
[[nodiscard]] Result<std::unique_ptr<HttpServer>> serve(DaemonParts& parts);

}  // namespace defenderd
