#pragma once
// Changes of the simulator's world that both its class and its control endpoints make. All need the
// core's lock.

#include "armsim/core.h"

namespace armsim {

// Adds or replaces, with id and tenant in lower case and a name and a tenant if it has none. What
// the server knows of it (counters, a write at work) stays.
void put_subscription(Core& core, Subscription subscription);
// `caller` has written the AI plan.
void note_change(Core& core, const std::string& id, const Caller& caller);
void release_all(Core& core);
void expire_tokens(Core& core);
void forget_requests(Core& core);  // log and counters

}  // namespace armsim
