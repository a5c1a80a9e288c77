#include "app/azure_stack.h"

#include <utility>

#include "app/build_info.h"
#include "app/credentials.h"
#include "base/host_port.h"
#include "identity/cloud.h"
#include "net/https_transport.h"

namespace defenderd {

AzureStack::AzureStack(const Settings& settings, std::unique_ptr<Transport> transport,
                       std::unique_ptr<TokenSource> source, ArmClient::Options arm, Clock& clock,
                       Observers observers, std::string description, ExpiryReader credential_expiry)
    : transport_(std::move(transport)),
      source_(std::move(source)),
      tokens_(*source_, clock, std::move(observers.token)),
      throttle_(clock, {settings.azure.reads_per_second, settings.azure.writes_per_second}),
      resource_manager_(arm.resource_manager),
      arm_(*transport_, tokens_, throttle_, clock, std::move(observers.arm), std::move(arm)),
      plans_(arm_),
      subscriptions_(arm_, resource_manager_, clock),
      graph_(arm_, clock),
      bulk_(graph_),
      discovery_(subscriptions_, graph_),
      activity_(arm_, resource_manager_),
      accounts_(arm_, graph_, resource_manager_),
      registering_(plans_, arm_, clock, settings.azure.register_provider),
      description_(std::move(description)),
      credential_expiry_(std::move(credential_expiry)) {}

ArmResult<Done> AzureStack::prove_credential(const std::optional<TenantId>& tenant,
                                             const std::stop_token& stop) {
  return tokens_.prove(tenant, stop);
}

Result<std::unique_ptr<AzureStack>> AzureStack::create(const Settings& settings,
                                                       const Environment& environment, Clock& clock,
                                                       Observers observers) {
  const AzureSettings& azure = settings.azure;
  EndpointOverrides overrides{azure.endpoints.resource_manager, azure.endpoints.authority,
                              azure.endpoints.audience};
  if (overrides.authority.empty()) overrides.authority = environment.authority_host;
  auto endpoints = cloud_endpoints(azure.cloud, overrides);
  if (!endpoints) return Unexpected(endpoints.error());
  if (!endpoints->authority.tls && !is_loopback(endpoints->authority.host)) {
    return Unexpected(Error{"the authority " + endpoints->authority.text() +
                            " would receive secrets unencrypted; use https://"});
  }
  auto proxy = ProxyRules::parse(environment.https_proxy, environment.no_proxy);
  if (!proxy) return Unexpected(proxy.error());
  HttpsTransport::Options options{azure.endpoints.ca_file, azure.connect_timeout, *std::move(proxy),
                                  observers.heartbeats};
  options.ssl_cert_file = environment.ssl_cert_file;
  options.ssl_cert_dir = environment.ssl_cert_dir;
  auto transport = HttpsTransport::create(std::move(options));
  if (!transport) return Unexpected(transport.error());
  const std::string user_agent = build_user_agent();
  auto credential = make_credential(azure, environment, *endpoints, **transport, clock, user_agent,
                                    observers.credential);
  if (!credential) return Unexpected(credential.error());
  ArmClient::Options arm{endpoints->resource_manager, user_agent, azure.request_timeout};
  std::string description = endpoints->resource_manager.text() + " with " + credential->description;
  return std::unique_ptr<AzureStack>(new AzureStack(
      settings, *std::move(transport), std::move(credential->source), std::move(arm), clock,
      std::move(observers), std::move(description), std::move(credential->expiry)));
}

void AzureStack::try_again(const std::optional<TenantId>& tenant) {
  tokens_.try_again(tenant);
  throttle_.try_again(tenant);
  graph_.try_again(tenant);
}

void AzureStack::try_again() {
  tokens_.try_again();
  throttle_.try_again();
  graph_.try_again();
}

}  // namespace defenderd
