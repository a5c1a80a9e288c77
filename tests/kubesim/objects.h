#pragma once
// What tests read and write of the simulated cluster.

#include <map>
#include <optional>
#include <string>

#include "base/clock.h"

namespace kubesim {

// A Lease of coordination.k8s.io/v1.
struct Lease {
  std::string holder{};      // "" = nobody: the key is there, and empty
  int duration_seconds = 0;  // 0 = the key is missing
  std::optional<defenderd::WallTime> acquire_time{};
  std::optional<defenderd::WallTime> renew_time{};
  int transitions = 0;
  std::map<std::string, std::string> annotations{};
  std::string resource_version{};  // by the server: ignored when written
  std::string uid{};               // likewise
};

// A ConfigMap of v1.
struct ConfigMap {
  std::map<std::string, std::string> data{};
  std::map<std::string, std::string> annotations{};
  bool immutable = false;
  std::string resource_version{};  // by the server: ignored when written
  std::string uid{};               // likewise
};

}  // namespace kubesim
