#pragma once
// `defenderd healthcheck`: asks a running daemon for /healthz, for containers that have no shell
// and no curl.

#include <string>

#include "base/result.h"
#include "cli/options.h"
#include "desired/settings.h"
#include "net/http.h"

namespace defenderd {

// Exit code: 0 healthy, 1 not (stderr says why), 2 on bad usage or bad settings.
[[nodiscard]] int check_health(const CommandLine& line);

// Where the daemon with these settings is asked from its own machine: an address that stands for
// all addresses is asked at loopback. An Error where the settings leave the port to the system.
[[nodiscard]] Result<Origin> health_origin(const ServerSettings& server);

// One request, `timeout` at most. The Error is one line that says why it does not count as healthy.
[[nodiscard]] Result<Done> ask_health(const Origin& origin, Duration timeout);

}  // namespace defenderd
