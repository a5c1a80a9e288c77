#pragma once
// The scopes of a desired state, resolved with one listing, for `diff` and `apply`.

#include <optional>
#include <stop_token>

#include "base/result.h"
#include "core/scope_resolution.h"
#include "reconcile/subscription_source.h"

namespace defenderd {

// Sends nothing to Azure if there are no scopes. The Error says why they cannot be resolved.
[[nodiscard]] Result<Resolution> resolve_once(DesiredState declared,
                                              const std::optional<TenantId>& default_tenant,
                                              SubscriptionSource& source,
                                              const std::stop_token& stop);

}  // namespace defenderd
