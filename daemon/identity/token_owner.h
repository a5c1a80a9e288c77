#pragma once
// Whom an access token belongs to, by its claims. Entra advises clients not to read their tokens,
// so this only serves to tell our own writes from those of others, and nothing depends on it.

#include <string>

#include "base/secret.h"

namespace defenderd {

// GUIDs; empty if the token is opaque or has no such claim.
struct TokenOwner {
  std::string object_id = {};  // claim oid
  std::string app_id = {};     // claim appid, or azp
  bool operator==(const TokenOwner&) const = default;
};

[[nodiscard]] TokenOwner owner_of(const Secret& token);

}  // namespace defenderd
