#pragma once
// How a request becomes an entry of the log, without its secrets, and a count.

#include "armsim/http_message.h"
#include "armsim/request_log.h"
#include "armsim/route.h"

namespace armsim {

// All that is known on arrival but sequence and time.
[[nodiscard]] LoggedRequest start_entry(const HttpRequest& request, const Route& route);
void finish_entry(LoggedRequest& entry, const HttpAnswer& answer);

void count_arrival(Counters& counters, Operation operation);
void count_departure(Counters& counters, const LoggedRequest& entry);

}  // namespace armsim
