#pragma once
// What belongs to the state of a run: the sections of the state document. Whatever they are given
// must outlive them.

#include <string>
#include <vector>

#include "app/findings_watch.h"
#include "app/freeze_watch.h"
#include "app/takeover_wait.h"
#include "app/unmanaged.h"
#include "base/clock.h"
#include "core/brake_memory.h"
#include "core/moment.h"
#include "desired/settings.h"
#include "reconcile/attributor.h"
#include "reconcile/controller.h"
#include "reconcile/safety.h"
#include "telemetry/departures.h"
#include "telemetry/event_history.h"
#include "telemetry/incidents.h"
#include "telemetry/outcome_log.h"
#include "telemetry/share_history.h"
#include "telemetry/state_keeper.h"
#include "telemetry/status_board.h"
#include "telemetry/status_memory.h"

namespace defenderd {

struct Remembering {
  Safety& safety;
  StatusBoard& board;
  Controller& controller;
  Departures& departures;
  Incidents& incidents;
  Unmanaged& unmanaged;
  ShareHistory& shares;
  EventHistory& events;
  OutcomeLog& outcome_log;
  Attributor& attributor;
  FindingsWatch& findings;
  FreezeWatch& freezes;
  TakeoverWait* takeover = nullptr;  // nullptr: there is one replica
};
[[nodiscard]] std::vector<StateSection> state_sections(const Remembering& parts,
                                                       const Settings& settings,
                                                       const Clock& clock);

// The fleet's safety alone, for `apply`. What was switched within the window after the state was
// saved, or if nothing was saved, is read from the journal.
[[nodiscard]] StateSection safety_section(Safety& safety, const Settings& settings,
                                          const Clock& clock);

// The freezes that the API commanded, for commands that only obey them: what was saved stays as it
// is.
[[nodiscard]] StateSection obeyed_freezes_section(Freezes& freezes);

// Those that were not in sync, with what their last reconciles left open. `moment` is now; a clock
// that was set back makes no pause shorter.
[[nodiscard]] Controller::Earlier unresolved_of(const StatusMemory& memory, const Moment& moment);

// Adds what the journal has since then: the codes that were used, and what was, or may have been,
// switched. What a code let through counts for no other and is confirmed no longer.
void merge_journal(SafetyMemory& memory, const std::string& path, WallTime since);

}  // namespace defenderd
