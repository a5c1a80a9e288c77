#pragma once
// The numbered ids of the tests: 00000000-0000-4000-8000-00000000000n.

#include <cstddef>
#include <string>

#include "core/ids.h"

namespace defenderd {

inline std::string guid(std::size_t n) {
  const std::string digits = std::to_string(n);
  return "00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

inline SubscriptionId subscription_id(std::size_t n) { return *SubscriptionId::parse(guid(n)); }

}  // namespace defenderd
