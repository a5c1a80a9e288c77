#pragma once
// Subscriptions as the state file and the control endpoints write them.

#include "armsim/activity.h"
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

// Who made a change: {"kind": "user", "name": "alice@contoso.com", "appId": ..., "objectId": ...,
// "address": ...}. The error is as above.
[[nodiscard]] defenderd::Result<Caller> caller_from(const Json& json);

}  // namespace armsim
