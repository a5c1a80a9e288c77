#pragma once
// Names of hosts become addresses within a deadline. The system's resolver blocks for as long as a
// name server does not answer, and nothing interrupts it: it runs on a helper thread
// (base/slow_call.h).

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace defenderd {

struct Resolved {
  std::vector<std::string> addresses =
      {};  // in the order in which to try them; empty: no such name
  bool timed_out = false;
};

// Blocks. Numeric addresses, IPv6 with its scope; empty if there are none. It may not throw.
using LookUp = std::function<std::vector<std::string>(const std::string& host)>;
[[nodiscard]] std::vector<std::string> look_up(const std::string& host);

// An address is its own result, at once and without a helper. All callers that want the same host
// at the same time wait for one lookup, so that a dead name server holds up one helper per host;
// one that has not returned serves those who ask later. Thread-safe.
[[nodiscard]] Resolved resolve(const std::string& host, Duration deadline,
                               const LookUp& look_up = defenderd::look_up);

}  // namespace defenderd
