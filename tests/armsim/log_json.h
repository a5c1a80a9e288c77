#pragma once
// The request log as the control endpoints write it.

#include "armsim/arm_answer.h"
#include "armsim/request_log.h"

namespace armsim {

[[nodiscard]] Json to_json(const Counters& counters);
[[nodiscard]] Json to_json(const LoggedRequest& entry);

}  // namespace armsim
