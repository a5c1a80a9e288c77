#pragma once
// Changes of the simulator's world that both its class and its control endpoints make. All need the
// core's lock.

#include "armsim/core.h"

namespace armsim {

// Adds or replaces, with id and tenant in lower case and a name and a tenant if it has none. What
// the server knows of it (counters, a write at work) stays.
void put_subscription(Core& core, Subscription subscription);
// `caller` writes what is different in it from the one that is there: the AI plan, AI accounts or
// both.
void change_subscription(Core& core, Subscription changed, const Caller& caller);
void release_all(Core& core);
void expire_tokens(Core& core);
void forget_requests(Core& core);  // log and counters

}  // namespace armsim
