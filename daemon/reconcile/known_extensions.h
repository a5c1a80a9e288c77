#pragma once
// The names of all extensions that any subscription has ever shown: what the service may offer.

#include <mutex>
#include <string>
#include <vector>

#include "core/pricing.h"

namespace defenderd {

// Thread-safe. Bounded: what comes after the first so many is not remembered.
class KnownExtensions {
 public:
  static constexpr std::size_t kMax = 64;

  void note(const Pricing& observed);
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> names_;  // without those that this version knows by itself
};

}  // namespace defenderd
