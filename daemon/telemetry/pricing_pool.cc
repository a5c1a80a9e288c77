#include "telemetry/pricing_pool.h"

#include <algorithm>

namespace defenderd {

std::shared_ptr<const Pricing> PricingPool::share(const Pricing& pricing) {
  const auto found = known_.find(pricing);
  if (found != known_.end()) return *found;
  if (known_.size() >= clean_at_) {
    std::erase_if(known_, [](const auto& held) { return held.use_count() == 1; });
    // Doubled, so that looking for them costs each new one next to nothing.
    clean_at_ = std::max<std::size_t>(64, 2 * known_.size());
  }
  return *known_.insert(std::make_shared<const Pricing>(pricing)).first;
}

}  // namespace defenderd
