#include "desired/restart_keys.h"

namespace defenderd {
namespace {

void each_fixed_of_azure(const AzureSettings& running, AzureSettings& edited, const auto& visit) {
  visit("azure.cloud", running.cloud, edited.cloud);
  visit("azure.tenantId", running.tenant, edited.tenant);
  visit("azure.auth.method", running.auth.method, edited.auth.method);
  visit("azure.auth.clientId", running.auth.client_id, edited.auth.client_id);
  visit("azure.auth.clientSecretFile", running.auth.client_secret_file,
        edited.auth.client_secret_file);
  visit("azure.auth.certificateFile", running.auth.certificate_file, edited.auth.certificate_file);
  visit("azure.auth.tokenFile", running.auth.token_file, edited.auth.token_file);
  visit("azure.auth.managedIdentity.objectId", running.auth.identity_object_id,
        edited.auth.identity_object_id);
  visit("azure.auth.managedIdentity.resourceId", running.auth.identity_resource_id,
        edited.auth.identity_resource_id);
  visit("azure.endpoints.resourceManager", running.endpoints.resource_manager,
        edited.endpoints.resource_manager);
  visit("azure.endpoints.authority", running.endpoints.authority, edited.endpoints.authority);
  visit("azure.endpoints.audience", running.endpoints.audience, edited.endpoints.audience);
  visit("azure.endpoints.caFile", running.endpoints.ca_file, edited.endpoints.ca_file);
  visit("azure.timeouts.connect", running.connect_timeout, edited.connect_timeout);
  visit("azure.timeouts.request", running.request_timeout, edited.request_timeout);
}

void each_fixed_of_server(const ServerSettings& running, ServerSettings& edited,
                          const auto& visit) {
  visit("server.listen", running.host, edited.host);
  visit("server.listen", running.port, edited.port);
  visit("server.allowedHosts", running.allowed_hosts, edited.allowed_hosts);
  visit("server.lifecycle", running.lifecycle, edited.lifecycle);
  visit("server.webConfigFile", running.web_config_file, edited.web_config_file);
  visit("server.openProbes", running.open_probes, edited.open_probes);
  visit("server.perSubscriptionMetrics", running.per_subscription_metrics,
        edited.per_subscription_metrics);
}

// Calls `visit` with the key and both values of each setting that needs a restart.
void each_fixed(const Settings& running, Settings& edited, const auto& visit) {
  visit("poll.workers", running.poll.workers, edited.poll.workers);
  each_fixed_of_azure(running.azure, edited.azure, visit);
  each_fixed_of_server(running.server, edited.server, visit);
  visit("journal.file", running.journal_file, edited.journal_file);
  visit("state.file", running.state_file, edited.state_file);
  visit("coordination", running.coordination, edited.coordination);
  visit("log.format", running.log.format, edited.log.format);
  visit("log.ids", running.log.ids, edited.log.ids);
}

}  // namespace

std::vector<std::string> needing_restart(const Settings& running, Settings edited) {
  std::vector<std::string> keys;
  each_fixed(running, edited, [&](const char* key, const auto& was, const auto& is) {
    const bool is_listed = !keys.empty() && keys.back() == key;
    if (!(was == is) && !is_listed) keys.emplace_back(key);
  });
  return keys;
}

Settings without_restart(const Settings& running, Settings edited) {
  each_fixed(running, edited, [](const char*, const auto& was, auto& is) { is = was; });
  return edited;
}

// The listening socket with its access, the election with its client and its log.
Settings after_hand_over(const Settings& started, Settings edited) {
  edited.server.host = started.server.host;
  edited.server.port = started.server.port;
  edited.server.web_config_file = started.server.web_config_file;
  edited.server.open_probes = started.server.open_probes;
  edited.coordination = started.coordination;
  edited.log.format = started.log.format;
  edited.log.ids = started.log.ids;
  return edited;
}

}  // namespace defenderd
