#include "app/credentials.h"

#include <optional>
#include <utility>

#include "arm/entra_client.h"
#include "arm/token_file.h"

namespace defenderd {
namespace {

constexpr std::string_view kHowToGiveOne =
    "set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET (or "
    "azure.auth.clientSecretFile), or "
    "azure.auth.method: tokenFile with azure.auth.tokenFile";

Result<std::optional<TenantId>> default_tenant(const AzureSettings& settings,
                                               const Environment& environment) {
  if (settings.tenant || environment.tenant_id.empty()) return settings.tenant;
  const auto tenant = TenantId::parse(environment.tenant_id);
  if (!tenant)
    return Unexpected(Error{"AZURE_TENANT_ID is no GUID; expected the tenant's (directory) id"});
  return tenant;
}

SecretReader client_secret_reader(const AuthSettings& auth, const Environment& environment) {
  if (auth.client_secret_file.empty()) {
    return [secret = environment.client_secret]() -> Result<Secret> { return secret; };
  }
  return [path = auth.client_secret_file] { return read_secret_file(path); };
}

}  // namespace

Result<Credential> make_credential(const AzureSettings& settings, const Environment& environment,
                                   const CloudEndpoints& endpoints, Transport& transport,
                                   const Clock& clock, const std::string& user_agent) {
  const AuthSettings& auth = settings.auth;
  if (auth.method == AuthMethod::TokenFile) {
    if (auto token = read_secret_file(auth.token_file); !token) {
      return Unexpected(Error{"azure.auth.tokenFile: " + token.error().message});
    }
    return Credential{std::make_unique<TokenFile>(auth.token_file, clock),
                      "token file " + auth.token_file};
  }
  auto tenant = default_tenant(settings, environment);
  if (!tenant) return Unexpected(tenant.error());
  EntraOptions options;
  options.authority = endpoints.authority;
  options.audience = endpoints.audience;
  options.default_tenant = *tenant;
  options.client_id = auth.client_id.empty() ? environment.client_id : auth.client_id;
  options.user_agent = user_agent;
  const bool has_secret = !auth.client_secret_file.empty() || !environment.client_secret.empty();
  if (options.client_id.empty() || !has_secret) {
    return Unexpected(
        Error{"there is no credential for Azure (" +
              std::string(options.client_id.empty() ? "no client id" : "no client secret") + "); " +
              std::string(kHowToGiveOne)});
  }
  SecretReader reader = client_secret_reader(auth, environment);
  if (auto secret = reader(); !secret) {
    return Unexpected(Error{"azure.auth.clientSecretFile: " + secret.error().message});
  }
  std::string description = "client secret of " + options.client_id;
  return Credential{std::make_unique<EntraClient>(transport, clock, std::move(options),
                                                  client_secret_proof(std::move(reader))),
                    std::move(description)};
}

}  // namespace defenderd
