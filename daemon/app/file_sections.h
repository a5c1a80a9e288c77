#pragma once
// What a restart must remember of the files: sections of the state document. Whatever they are
// given must outlive them.

#include "app/reloader.h"
#include "base/clock.h"
#include "reconcile/scope_follower.h"
#include "telemetry/state_keeper.h"

namespace defenderd {

// What edits removed lately: a restart ends no suspension after a removal.
[[nodiscard]] StateSection removals_section(ScopeFollower& follower, const Clock& clock);

// The desired state's files in force: an unfinished one waits after a restart, too.
[[nodiscard]] StateSection files_section(Reloader& reloader);

}  // namespace defenderd
