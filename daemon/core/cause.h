#pragma once
// What failures of many subscriptions can have in common. Pure.

#include <compare>
#include <optional>
#include <string>

#include "core/failure.h"
#include "core/ids.h"
#include "core/reason.h"

namespace defenderd {

struct Cause {
  Reason reason = Reason::InternalError;
  std::string concerns = {};  // for people: "the token service", "tenant 1111..."
  auto operator<=>(const Cause&) const = default;
};

// `tenant` as declared; nullopt is the default tenant.
[[nodiscard]] Cause cause_of(const Failure& failure, const std::optional<TenantId>& tenant);

// While ARM is down, subscriptions fail with time-outs, refused connections and 5xx in turns: of
// these reasons the same one, of others the reason itself.
[[nodiscard]] Reason outage_of(Reason reason);

}  // namespace defenderd
