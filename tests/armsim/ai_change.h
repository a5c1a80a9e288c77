#pragma once
// What a change of AI accounts leaves behind: systemData, events, and the switch that goes with the
// plan.

#include <string>
#include <vector>

#include "armsim/activity.h"
#include "armsim/core.h"

namespace armsim {

// To be called after the AI plan was written: `was_on` is what it was before.
void follow_plan(Subscription& subscription, bool was_on, const Behaviour& behaviour,
                 TimePoint now);

// A write or a delete below Microsoft.CognitiveServices.
struct AiWrite {
  std::string action{};  // "Microsoft.CognitiveServices/accounts/deployments/write"
  std::string resource_id{};
};

// Finds them, and has `caller` as the one who changed what was written, where the change did not
// say so itself.
[[nodiscard]] std::vector<AiWrite> stamp_changes(const Subscription& before, Subscription& after,
                                                 const Caller& caller, const Behaviour& behaviour,
                                                 TimePoint now);

}  // namespace armsim
