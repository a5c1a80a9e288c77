#pragma once
// Words for the log about who leads, and the name of this replica.

#include <string>

#include "base/result.h"
#include "core/leadership.h"
#include "telemetry/log.h"

namespace defenderd {

// What is different now, a line for each.
void log_leadership(const LeadershipStatus& before, const LeadershipStatus& now, Logger& log);

// The end of a leader: whether it could give the lease back.
void log_release(bool released, Logger& log);

// The host's name, which is a pod's name, and a random part: after a restart it is another one.
[[nodiscard]] Result<std::string> replica_identity(const std::string& host_name);

}  // namespace defenderd
