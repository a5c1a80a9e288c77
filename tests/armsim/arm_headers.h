#pragma once
// The headers that ARM and Entra put on every answer.

#include "armsim/core.h"
#include "armsim/http_message.h"

namespace armsim {

// Request, correlation and routing ids, the client's own request id if it asked for the echo, and
// what is left of the subscription's budget. Keeps a header that the answer has already.
void add_headers(Core& core, const Exchange& exchange, HttpAnswer& answer);

// How long the budget that the header counts is used up: zero if it is not.
[[nodiscard]] std::chrono::seconds budget_closed_for(const Stored::Budget& budget,
                                                     Operation operation, TimePoint now);

}  // namespace armsim
