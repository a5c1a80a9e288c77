#pragma once
// The numbered ids of the tests: 00000000-0000-4000-8000-00000000000n.

#include <concepts>
#include <string>

#include "core/ids.h"

namespace defenderd {

template <std::integral Number>
std::string guid(Number n) {
  const std::string digits = std::to_string(n);
  return "00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

template <std::integral Number>
SubscriptionId subscription_id(Number n) {
  return *SubscriptionId::parse(guid(n));
}

}  // namespace defenderd
