#pragma once
// Where the state of a run is stored.

#include <memory>
#include <string>

#include "base/result.h"
#include "desired/settings.h"
#include "telemetry/state_store.h"

namespace defenderd {

// state.file, or state.json next to a journal that is a regular file; "" if there is neither.
[[nodiscard]] std::string state_path(const Settings& settings);

// nullptr if there is no state file. The Error says what to fix.
[[nodiscard]] Result<std::unique_ptr<StateStore>> open_state(const Settings& settings,
                                                             bool read_only = false);

// Also if its file system does not answer: then it is no device and no pipe of this machine.
// Whoever opens it fails at once.
[[nodiscard]] bool is_regular_file(const std::string& path);

}  // namespace defenderd
