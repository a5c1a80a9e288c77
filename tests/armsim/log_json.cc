#include "armsim/log_json.h"

#include <string>
#include <utility>

#include "base/time_text.h"

namespace armsim {

Json to_json(const Counters& counters) {
  Json statuses = Json::object();
  for (const auto& [status, count] : counters.by_status) statuses[std::to_string(status)] = count;
  return {{"requests", counters.requests},
          {"tokens", counters.tokens},
          {"reads", counters.reads},
          {"writes", counters.writes},
          {"writesApplied", counters.writes_applied},
          {"lists", counters.lists},
          {"registers", counters.registers},
          {"graphQueries", counters.graph_queries},
          {"activityQueries", counters.activity_queries},
          {"aiReads", counters.ai_reads},
          {"faulted", counters.faulted},
          {"answered", counters.answered},
          {"inFlight", counters.in_flight},
          {"inFlightPeak", counters.in_flight_peak},
          {"byStatus", std::move(statuses)}};
}

Json to_json(const LoggedRequest& entry) {
  Json headers = Json::array();
  for (const auto& [name, value] : entry.headers) headers.push_back(name + ": " + value);
  return {{"sequence", entry.sequence},
          {"received", defenderd::format_rfc3339(entry.received)},
          {"operation", to_string(entry.operation)},
          {"method", entry.method},
          {"path", entry.path},
          {"query", entry.query},
          {"subscription", entry.subscription},
          {"headers", std::move(headers)},
          {"body", entry.body},
          {"token", entry.token},
          {"status", entry.status},
          {"dropped", entry.dropped},
          {"carriedOut", entry.carried_out},
          {"faulted", entry.faulted},
          {"answer", entry.answer},
          {"requestId", entry.request_id}};
}

}  // namespace armsim
