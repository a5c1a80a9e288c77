#pragma once
// Faults as the control endpoints write them.

#include "armsim/arm_answer.h"
#include "armsim/fault.h"
#include "base/result.h"

namespace armsim {

[[nodiscard]] Json to_json(const Fault& fault);
// What is not named has the default of its kind. The error names the key and what was expected.
[[nodiscard]] defenderd::Result<Fault> fault_from(const Json& json);

}  // namespace armsim
