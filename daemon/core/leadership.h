#pragma once
// Where several replicas run, one of them leads and may write. This is what the others in this
// process see of that.

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"

namespace defenderd {

// What a write needs to know.
struct LeadershipStanding {
  bool may_write = false;
  SteadyTime write_until{};  // each write has ended by then
  std::string why_not = {};  // for people, if nothing may be written
};

// For people and metrics.
struct LeadershipStatus {
  bool leads = false;
  bool may_write = false;
  bool may_be_replaced = false;        // it leads, but its lease is over: another may have taken it
  std::string identity = {};           // of this replica
  std::string leader = {};             // "": none, as far as is known
  std::string leader_url = {};         // "" if it is not known
  std::string lease = {};              // "defender/defenderd"
  std::optional<WallTime> since = {};  // when this replica became what it is
  std::string failure = {};            // why the lease cannot be renewed or read now; "" if it can
  std::uint64_t transitions = 0;       // how often this replica began to lead
  std::uint64_t errors = 0;            // attempts that failed
  bool operator==(const LeadershipStatus&) const = default;
};

// A port: thread-safe, and cheap, because the write gate asks it.
class LeadershipSource {
 public:
  LeadershipSource() = default;
  LeadershipSource(const LeadershipSource&) = delete;
  LeadershipSource& operator=(const LeadershipSource&) = delete;
  virtual ~LeadershipSource() = default;
  [[nodiscard]] virtual LeadershipStanding standing() const = 0;
};

}  // namespace defenderd
