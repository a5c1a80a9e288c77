#pragma once
// What an edit took out of the files: an entry, or a subscription that a scope excludes.

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "core/ids.h"

namespace defenderd {

struct Removal {
  SubscriptionId subscription;
  WallTime at;
  // Fingerprint of what the entry declared, as far as that decides about writes; nullopt: it was
  // excluded.
  std::optional<std::uint64_t> declared = {};
  bool operator==(const Removal&) const = default;
};

}  // namespace defenderd
