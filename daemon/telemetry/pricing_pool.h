#pragma once
// Stores equal pricings once: nearly all of a fleet has the same. They are only for display, so
// members that are preserved for a write are dropped: whatever Azure adds to a pricing, the memory
// per subscription stays small.

#include <cstddef>
#include <memory>
#include <set>

#include "core/pricing.h"

namespace defenderd {

// Not thread-safe: its owner locks. A returned pricing lives as long as it is referenced.
class PricingPool {
 public:
  // An equal pricing without preserved members. Others may share it.
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
  std::size_t clean_at_ = 64;  // size at which unused ones are removed
};

}  // namespace defenderd
