#pragma once
// The scopes of a desired state, resolved with one listing, for `diff` and `apply`.

#include <optional>
#include <stop_token>

#include "app/environment.h"
#include "base/result.h"
#include "core/scope_resolution.h"
#include "desired/settings.h"
#include "reconcile/subscription_source.h"

namespace defenderd {

// The id of the default tenant, from the settings or the environment.
[[nodiscard]] std::optional<TenantId> default_tenant(const Settings& settings,
                                                     const Environment& environment);

// Sends nothing to Azure if there are no scopes. The Error says why they cannot be resolved.
[[nodiscard]] Result<Resolution> resolve_once(DesiredState declared,
                                              const std::optional<TenantId>& default_tenant,
                                              SubscriptionSource& source,
                                              const std::stop_token& stop);

}  // namespace defenderd
