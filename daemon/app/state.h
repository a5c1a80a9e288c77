#pragma once
// Where the state of a run is stored, and what belongs to it.

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "desired/settings.h"
#include "reconcile/safety.h"
#include "telemetry/state_keeper.h"
#include "telemetry/state_store.h"

namespace defenderd {

// state.file, or state.json next to a journal that is a regular file; "" if there is neither.
[[nodiscard]] std::string state_path(const Settings& settings);

// nullptr if there is no state file. The Error says what to fix.
[[nodiscard]] Result<std::unique_ptr<StateStore>> open_state(const Settings& settings,
                                                             bool read_only = false);

// The fleet's safety as a section; it and the clock must outlive the section. If nothing was saved,
// changes within the window are read from the journal.
[[nodiscard]] StateSection safety_section(Safety& safety, const Settings& settings,
                                          const Clock& clock);

// The journal's part of the brakes' window. The journal does not record which changes were
// confirmed, so all of them count.
[[nodiscard]] SafetyMemory switched_by_journal(const std::string& path, WallTime since);

}  // namespace defenderd
