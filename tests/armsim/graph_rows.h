#pragma once
// The rows of Resource Graph's tables.

#include <string>
#include <vector>

#include "armsim/arm_answer.h"
#include "armsim/behaviour.h"
#include "armsim/kql.h"
#include "armsim/subscription.h"

namespace armsim {

// securityresources (pricings), resourcecontainers (subscriptions), resources (AI accounts).
[[nodiscard]] bool is_graph_table(const std::string& name);

// The rows of the query's table that these subscriptions have, before its stages.
[[nodiscard]] std::vector<Json> graph_rows(const Kql& query,
                                           const std::vector<const Subscription*>& shown,
                                           const Behaviour& behaviour);

}  // namespace armsim
