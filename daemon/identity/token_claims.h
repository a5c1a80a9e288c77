#pragma once
// What a JSON Web Token says about itself: whom it belongs to, and when it expires. Entra advises
// clients not to read their access tokens, so this only serves to tell our own writes from those of
// others and to warn in time, and nothing else depends on it.

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/secret.h"

namespace defenderd {

// GUIDs; empty if the token is opaque or has no such claim.
struct TokenOwner {
  std::string object_id = {};  // claim oid
  std::string app_id = {};     // claim appid, or azp
  bool operator==(const TokenOwner&) const = default;
};

[[nodiscard]] TokenOwner owner_of(const Secret& token);

// Claim exp; nullopt if the token is opaque or has none.
[[nodiscard]] std::optional<WallTime> expiry_of(const Secret& token);

}  // namespace defenderd
