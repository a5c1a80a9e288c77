#pragma once
// Where the state of a run is kept, and what belongs to it.

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "desired/settings.h"
#include "reconcile/safety.h"
#include "telemetry/state_keeper.h"
#include "telemetry/state_store.h"

namespace defenderd {

// state.file, or state.json beside a journal that is a regular file; "" where there is neither.
[[nodiscard]] std::string state_path(const Settings& settings);

// nullptr where nothing is kept. The Error says what to mend.
[[nodiscard]] Result<std::unique_ptr<StateStore>> open_state(const Settings& settings,
                                                             bool read_only = false);

// The fleet's safety as a section; it and the clock outlive the section. Where nothing was saved,
// what was switched within the window is taken from the journal.
[[nodiscard]] StateSection safety_section(Safety& safety, const Settings& settings,
                                          const Clock& clock);

// What the journal tells of the brakes' window. It does not know what was let through by a code,
// and so counts all.
[[nodiscard]] SafetyMemory switched_by_journal(const std::string& path, WallTime since);

}  // namespace defenderd
