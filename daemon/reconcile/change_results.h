#pragma once
// What happened to the changes of one reconcile: each step that decides some of them marks them
// here. Only Planned changes are marked; known results stay. Pure.

#include <vector>

#include "core/outcome.h"
#include "core/refusal.h"
#include "core/write_gate.h"

namespace defenderd {

using Changes = std::vector<Change>;

[[nodiscard]] bool has(const Changes& changes, ChangeResult result);
[[nodiscard]] bool concerns(const Changes& changes, const Field& field);
[[nodiscard]] bool is_withheld(const Changes& changes, const Field& field);
[[nodiscard]] std::vector<Drift> planned(const Changes& changes);
// Whether it is still to be written: a brake counts it, and a roll-out waits for it. That includes
// what is frozen: a freeze must not let others pass that would have been held with it.
[[nodiscard]] bool is_still_wanted(const Change& change);

// All that are planned, or those among `drifts`.
void fail_planned(Changes& changes, const Failure& failure);
void fail_planned(Changes& changes, const std::vector<Drift>& drifts, const Failure& failure);
void withhold_planned(Changes& changes, const std::vector<Drift>& drifts, const Withholding& why);
// Those of an extension that ARM rejects have failed, whatever happens to the others.
void fail_refused(Changes& changes, const RefusedExtension& refused);

}  // namespace defenderd
