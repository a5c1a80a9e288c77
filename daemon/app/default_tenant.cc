#include "app/default_tenant.h"

namespace defenderd {
namespace {

bool needs_variable(const AzureSettings& settings) {
  return !settings.tenant && settings.auth.method != AuthMethod::TokenFile;
}

}  // namespace

std::optional<TenantId> default_tenant(const AzureSettings& settings,
                                       const Environment& environment) {
  return needs_variable(settings) ? TenantId::parse(environment.tenant_id) : settings.tenant;
}

Result<Done> check_tenant_variable(const AzureSettings& settings, const Environment& environment) {
  const std::string& text = environment.tenant_id;
  if (!needs_variable(settings) || text.empty() || TenantId::parse(text)) return Done{};
  return Unexpected(Error{"AZURE_TENANT_ID is not a GUID; expected the tenant's (directory) id"});
}

}  // namespace defenderd
