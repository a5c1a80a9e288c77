#pragma once
// The journal of `apply`: what it writes says who has let it through.

#include <memory>
#include <string>

#include "base/result.h"
#include "cli/sweep_session.h"
#include "telemetry/journal.h"

namespace defenderd {

// nullptr if the settings name none, or standard output, which is for the report.
[[nodiscard]] Result<std::unique_ptr<Journal>> open_journal(SweepSession& session);

// The user of this process, as the system names it: "alice", or "uid 1000".
[[nodiscard]] std::string user_name();

}  // namespace defenderd
