#pragma once
// What the simulator has seen: every request in the order of arrival, and counts.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "armsim/fault.h"

namespace armsim {

struct LoggedRequest {
  std::uint64_t sequence = 0;                      // 1, 2, 3, ...
  std::chrono::system_clock::time_point received;  // by the simulator's clock
  Operation operation = Operation::Other;
  std::string method;
  std::string path;          // without the query
  std::string query;         // decoded, "a=b&c=d"
  std::string api_version;   // "" if none
  std::string subscription;  // in lower case, "" if none
  // As sent. The bearer token, X-IDENTITY-HEADER and the like read "<hidden>".
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;         // of a token request: secrets and assertions read "<hidden>"
  std::uint64_t token = 0;  // which of the issued tokens (1, 2, ...) it carried; 0 = none valid
  // When answered:
  int status = 0;  // 0 = not yet, or the connection was dropped instead
  bool dropped = false;
  bool carried_out = false;  // a write that changed the world, or could have
  bool faulted = false;      // an injected fault had a hand in it
  std::string answer;        // the body; of tokens: "<hidden>"
  std::string arm_code;      // error.code of the answer, "" if none
  std::string request_id;    // x-ms-request-id of the answer

  // The header's value, name compared without case; "" if none.
  [[nodiscard]] std::string header(const std::string& name) const;
};

struct Counters {
  std::uint64_t requests = 0;  // all that follows, and what no rule knows; without control
  std::uint64_t tokens = 0;
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;          // PUTs that arrived
  std::uint64_t writes_applied = 0;  // PUTs that were carried out
  std::uint64_t lists = 0;
  std::uint64_t registers = 0;
  std::uint64_t graph_queries = 0;
  std::uint64_t activity_queries = 0;
  std::uint64_t ai_reads = 0;  // of AI accounts and what hangs on them
  std::uint64_t faulted = 0;
  std::uint64_t answered = 0;  // an answer was sent, or the connection dropped
  int in_flight = 0;           // requests for pricings being worked on now
  int in_flight_peak = 0;      // the most at one time; of one subscription: 1 = never two at once
  std::map<int, std::uint64_t> by_status;
};

}  // namespace armsim
