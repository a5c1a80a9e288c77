#include "telemetry/pricing_pool.h"

#include <algorithm>
#include <tuple>

namespace defenderd {

bool PricingPool::Less::less(const Pricing& a, const Pricing& b) {
  const auto shown = [](const Pricing& p) {
    return std::tie(p.tier, p.tier_text, p.sub_plan, p.enforce, p.coverage, p.free_trial_remaining,
                    p.is_cut);
  };
  if (shown(a) != shown(b)) return shown(a) < shown(b);
  return std::lexicographical_compare(
      a.extensions.begin(), a.extensions.end(), b.extensions.begin(), b.extensions.end(),
      [](const Extension& left, const Extension& right) {
        return std::tie(left.name, left.enabled, left.enabled_text) <
               std::tie(right.name, right.enabled, right.enabled_text);
      });
}

std::shared_ptr<const Pricing> PricingPool::share(const Pricing& pricing) {
  const auto found = known_.find(pricing);
  if (found != known_.end()) return *found;
  if (known_.size() >= clean_at_) {
    std::erase_if(known_, [](const auto& held) { return held.use_count() == 1; });
    // Doubled, so that searching for them costs each new one next to nothing.
    clean_at_ = std::max<std::size_t>(64, 2 * known_.size());
  }
  auto kept = std::make_shared<Pricing>(pricing);
  drop_carried(*kept);
  return *known_.insert(std::move(kept)).first;
}

}  // namespace defenderd
