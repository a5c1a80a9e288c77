#pragma once
// The names of all extensions that any subscription has ever shown: what the service may offer.

#include <string>
#include <vector>

#include "base/mutex.h"
#include "core/pricing.h"

namespace defenderd {

// Thread-safe. Bounded: names beyond the limit are ignored.
class KnownExtensions {
 public:
  static constexpr std::size_t kMax = 64;

  void note(const Pricing& observed);
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  mutable Mutex mutex_;
  // Without those that this version knows.
  std::vector<std::string> names_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
