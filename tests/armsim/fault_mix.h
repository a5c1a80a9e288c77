#pragma once
// Everything that goes wrong with ARM, mixed: for storms and soaks.

#include <cstdint>
#include <vector>

#include "armsim/fault.h"

namespace armsim {

// Faults that never run out, each hitting `share` of the requests of its kind: throttling with and
// without a wait, refusals and errors before and after the effect, broken, cut off, trickling,
// slow, huge and garbled answers, expired tokens, an Entra that stumbles. All of them pass.
[[nodiscard]] std::vector<Fault> fault_mix(double share, std::uint64_t seed);

// The same for the reads of AI accounts and of what hangs on them.
[[nodiscard]] std::vector<Fault> account_fault_mix(double share, std::uint64_t seed);

}  // namespace armsim
