#pragma once
// The tenant of subscriptions and scopes that name none.

#include <optional>

#include "app/environment.h"
#include "base/result.h"
#include "core/ids.h"
#include "desired/settings.h"

namespace defenderd {

// azure.tenantId, or else AZURE_TENANT_ID. A token from a file has its tenant: there the variable,
// which may be meant for another tool, does not count.
[[nodiscard]] std::optional<TenantId> default_tenant(const AzureSettings& settings,
                                                     const Environment& environment);

// The Error says that default_tenant() needs AZURE_TENANT_ID and that it is not a GUID.
[[nodiscard]] Result<Done> check_tenant_variable(const AzureSettings& settings,
                                                 const Environment& environment);

}  // namespace defenderd
