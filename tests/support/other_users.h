#pragma once
// Whether a test can be another user than it is.

#include <unistd.h>

#include <cstdint>
#include <fstream>

namespace defenderd {

// Root can, but not in a user namespace that has a single user, as in tests/arm64/run.
inline bool can_be_another_user() {
  if (geteuid() != 0) return false;
  std::ifstream map("/proc/self/uid_map");
  std::uint64_t inside = 0;
  std::uint64_t outside = 0;
  std::uint64_t count = 0;
  constexpr std::uint64_t kAll = 65'536;
  return map >> inside >> outside >> count && inside == 0 && count >= kAll;
}

}  // namespace defenderd
