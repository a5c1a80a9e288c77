#pragma once
// What the simulator has seen, in the order of arrival.

#include <chrono>
#include <cstdint>
#include <string>

namespace kubesim {

struct LoggedRequest {
  std::uint64_t sequence = 0;  // 1, 2, 3, ...
  std::chrono::system_clock::time_point received;
  std::string verb;        // as in RBAC: get, list, create, update, patch, delete
  std::string resource;    // leases, configmaps, namespaces; "" = discovery, probes, no known path
  std::string namespace_;  // "" if none
  std::string name;        // "" if none; of a create: as in its body
  std::string method;
  std::string path;          // without the query
  std::string query;         // decoded, "a=b&c=d"
  std::string user_agent;    // "" if none
  std::string content_type;  // likewise
  std::string body;
  bool token_accepted = false;
  // When answered:
  int status = 0;        // 0 = not yet, or the connection was dropped instead
  bool dropped = false;  // also when only a part of the answer was sent
  bool applied = false;  // a write that was carried out
  bool faulted = false;  // an injected fault had a hand in it
  std::string answer;    // the body
};

}  // namespace kubesim
