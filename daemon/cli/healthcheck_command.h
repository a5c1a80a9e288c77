#pragma once
// `defenderd healthcheck`: requests /healthz from a running daemon, for containers without a shell
// and curl.

#include <string>

#include "base/result.h"
#include "cli/daemon_address.h"
#include "cli/options.h"

namespace defenderd {

// Exit code: 0 healthy, 1 not (stderr says why), 2 on bad usage or bad settings.
[[nodiscard]] int check_health(const CommandLine& line);

// One request within `timeout`. The Error is one line that says why it does not count as healthy.
[[nodiscard]] Result<Done> ask_health(const DaemonAddress& daemon, Duration timeout);

}  // namespace defenderd
