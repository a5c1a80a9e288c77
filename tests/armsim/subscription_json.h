#pragma once
// Subscriptions as the state file and the control endpoints write them.

#include "armsim/arm_answer.h"
#include "armsim/subscription.h"
#include "base/result.h"

namespace armsim {

[[nodiscard]] Json to_json(const Subscription& subscription);

// Sets what `json` names and leaves the rest: {"plan": "off"}, {"extensions": {"Name": "on"}}. An
// extension that is null is removed. The error names the key, what was expected and the nearest
// key.
[[nodiscard]] defenderd::Result<defenderd::Done> change(Subscription& subscription,
                                                        const Json& json);

}  // namespace armsim
