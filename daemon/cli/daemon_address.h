#pragma once
// Where the running daemon listens, for commands that call it.

#include "base/result.h"
#include "cli/options.h"
#include "desired/settings.h"
#include "net/http.h"

namespace defenderd {

// The address of the daemon with these settings on the same machine: loopback if it listens on all
// addresses. An Error if the settings let the system choose the port.
[[nodiscard]] Result<Origin> daemon_origin(const ServerSettings& server);

// That of --url, else that of the settings in --config, which are read only then.
[[nodiscard]] Result<Origin> find_daemon(const CommandLine& line);

}  // namespace defenderd
