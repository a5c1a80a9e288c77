#pragma once
// Pricings that are equal, once: nearly all of a fleet shows the same. They are for showing, not
// for writing back, so what is carried along for a write is not kept: whatever Azure adds to a
// pricing, what is remembered of a subscription stays small.

#include <cstddef>
#include <memory>
#include <set>

#include "core/pricing.h"

namespace defenderd {

// Not thread-safe: its owner locks. What it gave out lives as long as it is held.
class PricingPool {
 public:
  // An equal pricing but for what is carried along. Others may hold it too.
  [[nodiscard]] std::shared_ptr<const Pricing> share(const Pricing& pricing);

  [[nodiscard]] std::size_t size() const { return known_.size(); }

 private:
  struct Less {
    using is_transparent = void;
    using Held = std::shared_ptr<const Pricing>;
    bool operator()(const Held& a, const Held& b) const { return less(*a, *b); }
    bool operator()(const Held& a, const Pricing& b) const { return less(*a, b); }
    bool operator()(const Pricing& a, const Held& b) const { return less(a, *b); }
    static bool less(const Pricing& a, const Pricing& b);
  };

  std::set<std::shared_ptr<const Pricing>, Less> known_;
  std::size_t clean_at_ = 64;  // so many, and those that nobody holds are looked for
};

}  // namespace defenderd
